"""A transaction is whole or nothing, whichever way its statements took."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import ProgrammingError

from db.database import Database, NothingCommittedError
from db.models import RateCount
from db.statements import Statement

COUNT = Statement(select(func.count().label("total")).select_from(RateCount))
ADD = Statement(insert(RateCount))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, read_connections=1, write_connections=1)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


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
