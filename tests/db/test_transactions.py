"""A transaction is whole or nothing, whichever way its statements took."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy import func, insert, literal, select, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from db.database import Database, NothingCommittedError
from db.models import RateCount
from db.pool_use import PoolUse
from db.statements import Statement

COUNT = Statement(select(func.count().label("total")).select_from(RateCount))
ADD = Statement(insert(RateCount))
PID = Statement(select(func.pg_backend_pid().label("pid")))
OTHERS = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@asynccontextmanager
async def with_connections(url: str, *, write: int) -> AsyncIterator[Database]:
    database = Database(url, read_connections=1, write_connections=write)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with with_connections(database_url, write=1) as database:
        yield database


async def add_two(database: Database) -> None:
    """One by a compiled statement, one by the session."""
    async with database.begin() as transaction:
        expires_at = await transaction.session.scalar(select(func.now()))
        values = {"count": 1, "expires_at": expires_at}
        await transaction.fetch(ADD, key="by the driver", **values)
        transaction.session.add(RateCount(key="by the session", **values))


async def count(database: Database) -> int:
    [row] = await database.fetch(COUNT)
    return int(row["total"])


async def test_both_ways_commit_together(database: Database) -> None:
    await add_two(database)
    assert await count(database) == 2


async def test_both_ways_roll_back_together(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 # it is raised half-way
        async with database.begin() as transaction:
            expires_at = await transaction.session.scalar(select(func.now()))
            await transaction.fetch(ADD, key="a", count=1, expires_at=expires_at)
            transaction.session.add(RateCount(key="b", count=1, expires_at=expires_at))
            await transaction.session.flush()
            raise ZeroDivisionError
    assert await count(database) == 0
    await add_two(database)


async def test_a_cancelled_one_leaves_nothing_behind(database: Database) -> None:
    began = asyncio.Event()

    async def never_ends() -> None:
        async with database.begin() as transaction:
            expires_at = await transaction.session.scalar(select(func.now()))
            await transaction.fetch(ADD, key="a", count=1, expires_at=expires_at)
            began.set()
            await transaction.session.execute(text("SELECT pg_sleep(600)"))

    task = asyncio.create_task(never_ends())
    await began.wait()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert await count(database) == 0
    await add_two(database)  # on the one connection that there is


async def test_an_error_that_was_swallowed_is_told_at_the_end(database: Database) -> None:
    """Postgres answers ROLLBACK to the COMMIT of a transaction in which a statement failed."""
    with pytest.raises(NothingCommittedError):  # noqa: PT012 # the end of the transaction raises
        async with database.begin() as transaction:
            with contextlib.suppress(ProgrammingError, asyncpg.PostgresError):
                await transaction.session.execute(text("SELECT nonsense"))
    assert await count(database) == 0


async def pid_of(database: Database, *, seconds: float = 0) -> int:
    """The backend that a transaction of so many seconds ran on."""
    async with database.begin() as transaction:
        await transaction.session.execute(select(func.pg_sleep(seconds)))
        row = await transaction.fetch_row(PID)
        assert row is not None
        return int(row["pid"])


async def failing(database: Database) -> None:
    async with database.begin() as transaction:
        await transaction.fetch(Statement(select(literal(1) / literal(0))))


async def failing_in_the_session(database: Database) -> None:
    async with database.begin() as transaction:
        await transaction.session.execute(text("SELECT 1 / 0"))


async def raising(database: Database) -> None:
    async with database.begin() as transaction:
        await transaction.session.execute(select(1))
        raise ZeroDivisionError


@pytest.mark.parametrize("fail", [failing, failing_in_the_session, raising])
async def test_transactions_one_after_the_other_share_a_connection(
    database_url: str, fail: Callable[[Database], Awaitable[None]]
) -> None:
    async with with_connections(database_url, write=3) as database:
        first = await pid_of(database)
        with pytest.raises((asyncpg.DivisionByZeroError, DBAPIError, ZeroDivisionError)):
            await fail(database)
        assert await pid_of(database) == first
        assert PoolUse("write", used=0, idle=1, spare=2) in database.pool_use()


async def test_more_transactions_than_connections_wait_for_each_other(database_url: str) -> None:
    async with with_connections(database_url, write=2) as database:
        pids = await asyncio.gather(*(pid_of(database, seconds=0.01) for _ in range(20)))
        assert len(set(pids)) == 2
        assert PoolUse("write", used=0, idle=2, spare=0) in database.pool_use()


async def test_no_connection_outlives_the_pools(database_url: str) -> None:
    async with with_connections(database_url, write=2) as database:
        await asyncio.gather(*(pid_of(database, seconds=0.01) for _ in range(2)))
    observer = await asyncpg.connect(database_url)
    async with asyncio.timeout(30):
        while await observer.fetchval(OTHERS):  # noqa: ASYNC110 # Postgres sets no event
            await asyncio.sleep(0.01)
    await observer.close()


async def test_callers_who_leave_at_any_step_cost_no_connection(
    database_url: str,
) -> None:
    """Each finds a connection that was ended, and is cancelled at another step of replacing it."""
    async with with_connections(database_url, write=1) as database:
        observer = await asyncpg.connect(database_url)
        for step in range(20):
            pid = await pid_of(database)
            await observer.execute("SELECT pg_terminate_backend($1)", pid)
            caller = asyncio.create_task(pid_of(database))
            await asyncio.sleep(step / 1000)
            caller.cancel()
            with contextlib.suppress(
                asyncio.CancelledError, ConnectionError, asyncpg.PostgresError
            ):
                await caller
        await observer.close()
        assert await pid_of(database)
        assert PoolUse("write", used=0, idle=1, spare=0) in database.pool_use()
