"""The one way to Postgres: `begin()` for a transaction, `fetch()` for a read.

Only this package commits. Reads go straight to asyncpg without BEGIN and COMMIT; a transaction is
short, and has compiled statements and an SQLAlchemy session. No network call other than SQL may
happen inside `begin()` (C3).
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from db import jobs
from db.completion import COMPLETE, arguments
from db.pool_use import PoolUse
from db.pooling import UNPREPARED, UNPREPARED_IN_SQLALCHEMY
from db.read_pool import ReadPool, keep_session_state
from db.statement_observer import (
    StatementObserver,
    observe_reads,
    observe_writes,
    query_logger,
)
from db.statements import Statement
from db.unavailable import CONNECTION_LOST
from db.urls import asyncpg_dsn, sqlalchemy_url
from db.write_pool import WriteConnection, WritePool

UNSTORABLE_TEXT = asyncpg.CharacterNotInRepertoireError
"""A read was given a text with U+0000, which no text in Postgres can contain."""
IDLE_SECONDS = 120
"""After so long without use a connection that reads is closed. Firewalls and load balancers forget
those that are idle for some minutes, and tell neither side."""
RECYCLE_SECONDS = 300
"""A connection that writes is made anew after so long: its pool counts from when it was made."""
POOL_SECONDS = 5.0
"""How long a call waits for a connection when all of this process are in use."""

Row = asyncpg.Record


class NothingCommittedError(Exception):
    """A statement had failed, and its error did not leave the transaction: Postgres rolls back."""


class Transaction:
    """One database transaction, with what has to commit together with it.

    What is asked often is a compiled `Statement`, run on the driver by `fetch`; all else is the
    ORM's, by `session`, which is made when it is first used. Both are the same connection, and
    what the session has not written yet is written before a statement runs.
    """

    def __init__(
        self,
        begun: WriteConnection,
        on_statement: StatementObserver | None,
        job_headers: jobs.JobHeaders | None,
    ) -> None:
        self._connection = begun.connection
        self._driver = begun.driver
        self._query_logger = query_logger(on_statement) if on_statement else None
        self._job_headers = job_headers
        self._session: AsyncSession | None = None
        self._announced: dict[UUID, set[str]] = {}
        self._audited: list[Mapping[str, Any]] = []

    @property
    def session(self) -> AsyncSession:
        """The ORM's session on this transaction."""
        if self._session is None:
            self._session = AsyncSession(self._connection, expire_on_commit=False)
        return self._session

    async def fetch(self, statement: Statement, **values: Any) -> list[Row]:
        """Run a statement within the transaction; the rows it reads or returns."""
        if self._session is not None:
            await self._session.flush()
        arguments = statement.arguments(values)
        if self._query_logger is None:
            return await self._driver.fetch(statement.sql, *arguments)
        with self._driver.query_logger(self._query_logger):
            return await self._driver.fetch(statement.sql, *arguments)

    async def fetch_row(self, statement: Statement, **values: Any) -> Row | None:
        """The first row, or None."""
        rows = await self.fetch(statement, **values)
        return rows[0] if rows else None

    async def enqueue(self, job: str, *payloads: Mapping[str, str]) -> None:
        """Add a job for each payload; they exist if, and only if, this transaction commits."""
        if not payloads:
            return
        encoded = [json.dumps(dict(payload)).encode() for payload in payloads]
        headers = json.dumps(self._job_headers() if self._job_headers else None)
        await self.fetch(jobs.ADD, job=job, payloads=encoded, headers=headers)

    def audit(self, event: Mapping[str, Any]) -> None:
        """Write down, at commit, what happened: the columns of an `AuditEvent`."""
        self._audited.append(event)

    def announce(self, organization_id: UUID, *changes: str) -> None:
        """Tell live subscribers, at commit, what changed about an organization."""
        self._announced.setdefault(organization_id, set()).update(changes)

    async def complete(self) -> None:
        """Write what waits to be written: all of it commits with the transaction."""
        if self._session is not None:
            await self._session.commit()  # to SQLAlchemy only: COMMIT is the driver's
        if self._audited or self._announced:
            await self.fetch(COMPLETE, **arguments(self._audited, self._announced))

    async def close(self) -> None:
        """Let the session's objects go."""
        if self._session is not None:
            await self._session.close()


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
        job_headers: jobs.JobHeaders | None = None,
    ) -> None:
        """`prepared_statements` is off for a pooler that cannot follow them (`db.pooling`)."""
        self.url = url
        self._prepared_statements = prepared_statements
        self._on_statement = on_statement
        self._job_headers = job_headers
        self._read_connections = read_connections
        self._reads: ReadPool | None = None
        engine = create_async_engine(
            sqlalchemy_url(url),
            pool_size=write_connections,
            max_overflow=0,
            isolation_level="AUTOCOMMIT",  # BEGIN and COMMIT are ours, on the driver
            pool_recycle=RECYCLE_SECONDS,
            connect_args={} if prepared_statements else dict(UNPREPARED_IN_SQLALCHEMY),
        )
        if on_statement is not None:
            observe_writes(engine.sync_engine, on_statement)
        self._writes = WritePool(engine, patience=POOL_SECONDS)

    async def open(self) -> None:
        """Connect. Fails with the driver's error when the server is not there."""
        pool = await asyncpg.create_pool(
            asyncpg_dsn(self.url),
            min_size=1,
            max_size=self._read_connections,
            max_inactive_connection_lifetime=IDLE_SECONDS,
            reset=keep_session_state,
            **({} if self._prepared_statements else UNPREPARED),
            init=self._prepare_connection,
        )
        self._reads = ReadPool(pool, patience=POOL_SECONDS)

    async def _prepare_connection(self, connection: "asyncpg.Connection[Row]") -> None:
        if self._on_statement is not None:
            observe_reads(connection, self._on_statement)

    def pool_use(self) -> list[PoolUse]:
        """How far the pools of this process are used now."""
        found = [PoolUse("write", *self._writes.use())]
        if self._reads is not None:
            found.append(PoolUse("read", *self._reads.use()))
        return found

    async def close(self) -> None:
        """Give every connection back."""
        if self._reads is not None:
            await self._reads.close()
            self._reads = None
        await self._writes.close()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Transaction]:
        """A transaction: commits at the end, rolls back when something is raised.

        One whose connection is lost half-way raises a member of `CONNECTION_LOST`, as a read does;
        one that gets no connection `DatabaseBusyError`.
        """
        try:
            begun = await self._writes.begin()
            transaction = Transaction(begun, self._on_statement, self._job_headers)
            try:
                yield transaction
                await transaction.complete()
                if await begun.driver.execute("COMMIT") != "COMMIT":
                    raise NothingCommittedError
            finally:
                try:
                    await transaction.close()
                finally:
                    await self._writes.end(begun)
        except DBAPIError as error:
            if error.connection_invalidated:
                raise ConnectionError("the connection to the database was lost") from error
            raise

    async def fetch(self, statement: Statement, **values: Any) -> list[Row]:
        """Read the rows of `statement`, outside any transaction.

        A read that meets a connection which the server closed (a restart) is tried once more.
        One that gets no connection raises `DatabaseBusyError`.
        """
        assert self._reads is not None, "the database is not open"
        arguments = statement.arguments(values)
        try:
            return await self._reads.fetch(statement.sql, arguments)
        except CONNECTION_LOST:
            return await self._reads.fetch(statement.sql, arguments)

    async def fetch_row(self, statement: Statement, **values: Any) -> Row | None:
        """The first row, or None."""
        rows = await self.fetch(statement, **values)
        return rows[0] if rows else None
