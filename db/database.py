"""The one way to Postgres: `begin()` for a transaction, `fetch()` for a read.

Only this package commits. Reads go straight to asyncpg without BEGIN and COMMIT; a transaction is
a short SQLAlchemy session. No network call other than SQL may happen inside `begin()` (C3).
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from sqlalchemy import event, func, select
from sqlalchemy.engine import AdaptedConnection, ExceptionContext
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import QueuePool
from sqlalchemy.util import await_only

from db.jobs import queue_on
from db.pool_use import PoolUse
from db.pooling import UNPREPARED, UNPREPARED_IN_SQLALCHEMY
from db.statement_observer import StatementObserver, observe_reads, observe_writes
from db.statements import Statement
from db.urls import asyncpg_dsn, sqlalchemy_url

UPDATES_CHANNEL = "seatwise_updates"
ANNOUNCED_AT_ONCE = 50
"""Organizations in one message: with all words there are, below Postgres' 8000 bytes."""
UNSTORABLE_TEXT = asyncpg.CharacterNotInRepertoireError
"""A read was given a text with U+0000, which no text in Postgres can contain."""
POOL_SECONDS = 5.0
"""How long a call waits for a connection when all of this process are in use."""
CONNECTION_LOST = (
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InternalClientError,
    OSError,
)
"""A connection that is gone, or is not to be had. `InternalClientError` is asyncpg's word for one
on which the server has said goodbye and not yet hung up: an instant, but a restart of Postgres
meets it now and then. The server itself says that it shuts down, starts up or is full.
"""

Row = asyncpg.Record


class DatabaseBusyError(Exception):
    """All connections of this process were in use for `POOL_SECONDS`: too much is asked at once."""


DATABASE_UNAVAILABLE = (*CONNECTION_LOST, DatabaseBusyError)
"""No fault of the call: made again later it will be answered."""


class Transaction:
    """One database transaction, with what has to commit together with it."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self._announced: dict[UUID, set[str]] = {}

    async def enqueue(self, job: str, *payloads: Mapping[str, str]) -> None:
        """Add a job for each payload; they exist if, and only if, this transaction commits."""
        if not payloads:
            return
        connection = await self.session.connection()
        adapted = await connection.get_raw_connection()
        queue = queue_on(AsyncpgDriver(adapted.driver_connection))  # type: ignore[arg-type] # the pool's fairy says Any | None
        encoded = [json.dumps(dict(payload)).encode() for payload in payloads]
        await queue.enqueue([job] * len(encoded), list(encoded), [0] * len(encoded))

    def announce(self, organization_id: UUID, *changes: str) -> None:
        """Tell live subscribers, at commit, what changed about an organization."""
        self._announced.setdefault(organization_id, set()).update(changes)

    async def notify(self) -> None:
        """Send what was announced: ids and words only, in as few messages as Postgres takes."""
        announced = [(str(key), sorted(changes)) for key, changes in self._announced.items()]
        for begin in range(0, len(announced), ANNOUNCED_AT_ONCE):
            message = dict(announced[begin : begin + ANNOUNCED_AT_ONCE])
            await self.session.execute(select(func.pg_notify(UPDATES_CHANNEL, json.dumps(message))))


async def _keep_session_state(_: "asyncpg.Connection[Row]") -> None:
    """Reads leave nothing behind on a connection, so nothing is reset: it saves a round trip."""


def _recognize_lost_connection(context: ExceptionContext) -> None:
    """SQLAlchemy drops a connection, and tries the next one, when it knows that it is lost."""
    cause = context.original_exception.__cause__
    if isinstance(cause, CONNECTION_LOST):
        context.is_disconnect = True


def _require_living_connection(connection: AdaptedConnection, *_: Any) -> None:
    """A ping in one round trip; SQLAlchemy's own wraps it into a transaction, which makes three."""
    driver: Any = connection.driver_connection
    try:
        await_only(driver.execute("SELECT 1"))
    except CONNECTION_LOST as error:
        raise InvalidatePoolError from error


class Database:
    """The pools of one process."""

    def __init__(
        self,
        url: str,
        *,
        read_connections: int = 10,
        write_connections: int = 10,
        prepared_statements: bool = True,
        on_statement: StatementObserver | None = None,
    ) -> None:
        """`prepared_statements` is off for a pooler that cannot follow them (`db.pooling`)."""
        self.url = url
        self._prepared_statements = prepared_statements
        self._on_statement = on_statement
        self._read_connections = read_connections
        self._pool: asyncpg.Pool[Row] | None = None
        self._engine = create_async_engine(
            sqlalchemy_url(url),
            pool_size=write_connections,
            max_overflow=0,
            pool_timeout=POOL_SECONDS,
            pool_recycle=1800,
            connect_args={} if prepared_statements else dict(UNPREPARED_IN_SQLALCHEMY),
        )
        event.listen(self._engine.sync_engine, "handle_error", _recognize_lost_connection)
        if on_statement is not None:
            observe_writes(self._engine.sync_engine, on_statement)
        event.listen(self._engine.sync_engine, "checkout", _require_living_connection)
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)

    async def open(self) -> None:
        """Connect. Fails with the driver's error when the server is not there."""
        self._pool = await asyncpg.create_pool(
            asyncpg_dsn(self.url),
            min_size=1,
            max_size=self._read_connections,
            reset=_keep_session_state,
            **({} if self._prepared_statements else UNPREPARED),
            init=self._prepare_connection,
        )

    async def _prepare_connection(self, connection: "asyncpg.Connection[Row]") -> None:
        if self._on_statement is not None:
            observe_reads(connection, self._on_statement)

    def pool_use(self) -> list[PoolUse]:
        """How far the pools of this process are used now."""
        writes = self._engine.pool
        assert isinstance(writes, QueuePool)
        used, idle = writes.checkedout(), writes.checkedin()
        found = [PoolUse("write", used, idle, max(0, writes.size() - used - idle))]
        if (reads := self._pool) is not None:
            size, idle = reads.get_size(), reads.get_idle_size()
            found.append(PoolUse("read", size - idle, idle, reads.get_max_size() - size))
        return found

    async def close(self) -> None:
        """Give every connection back."""
        if self._pool is not None:
            await self._pool.close()
            self._pool = None
        await self._engine.dispose()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Transaction]:
        """A transaction: commits at the end, rolls back when something is raised.

        One whose connection is lost half-way raises a member of `CONNECTION_LOST`, as a read does;
        one that gets no connection `DatabaseBusyError`.
        """
        try:
            async with self._sessions() as session, session.begin():
                transaction = Transaction(session)
                yield transaction
                await transaction.notify()
        except PoolTimeoutError as error:
            raise DatabaseBusyError from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise ConnectionError("the connection to the database was lost") from error
            raise

    async def fetch(self, statement: Statement, **values: Any) -> list[Row]:
        """Read the rows of `statement`, outside any transaction.

        A read that meets a connection which the server closed (a restart) is tried once more.
        One that gets no connection raises `DatabaseBusyError`.
        """
        arguments = statement.arguments(values)
        try:
            return await self._fetch(statement.sql, arguments)
        except CONNECTION_LOST:
            return await self._fetch(statement.sql, arguments)

    async def _fetch(self, sql: str, arguments: Sequence[Any]) -> list[Row]:
        assert self._pool is not None, "the database is not open"
        try:
            async with asyncio.timeout(POOL_SECONDS):
                connection = await self._pool.acquire()
        except TimeoutError as error:
            raise DatabaseBusyError from error
        try:
            return await connection.fetch(sql, *arguments)
        except asyncpg.InternalClientError:
            connection.terminate()  # or the pool would take it for alive
            raise
        finally:
            await self._pool.release(connection)

    async def fetch_row(self, statement: Statement, **values: Any) -> Row | None:
        """The first row, or None."""
        rows = await self.fetch(statement, **values)
        return rows[0] if rows else None
