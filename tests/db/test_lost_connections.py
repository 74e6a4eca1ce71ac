"""A server that stops or restarts costs nobody an answer who comes after it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import literal, select

from db.database import Database
from db.statements import Statement
from db.unavailable import CONNECTION_LOST
from tests.db.farewell import Farewell

ONE = Statement(select(literal(1).label("one")))


@contextlib.asynccontextmanager
async def database_behind(farewell: Farewell) -> AsyncIterator[Database]:
    database = Database(farewell.url)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
async def farewell(database_url: str) -> AsyncIterator[Farewell]:
    async with Farewell(database_url).listening() as farewell:
        yield farewell


async def write(database: Database) -> int:
    async with database.begin() as transaction:
        return (await transaction.session.execute(select(literal(1)))).scalar_one()


async def test_a_server_that_said_goodbye_is_a_lost_connection(farewell: Farewell) -> None:
    connection = await asyncpg.connect(farewell.url)
    farewell.say_goodbye()
    await asyncio.sleep(0.1)
    assert not connection.is_closed(), "the driver takes it for alive"
    with pytest.raises(CONNECTION_LOST):
        await connection.fetchval("SELECT 1")
    connection.terminate()


async def test_a_read_after_the_goodbye_is_made_on_a_new_connection(farewell: Farewell) -> None:
    async with database_behind(farewell) as database:
        await database.fetch(ONE)
        before = farewell.accepted
        farewell.say_goodbye()
        await asyncio.sleep(0.1)
        assert [row["one"] for row in await database.fetch(ONE)] == [1]
        assert farewell.accepted > before


async def test_a_write_after_the_goodbye_is_made_on_a_new_connection(farewell: Farewell) -> None:
    async with database_behind(farewell) as database:
        await write(database)
        before = farewell.accepted
        farewell.say_goodbye()
        await asyncio.sleep(0.1)
        assert await write(database) == 1
        assert farewell.accepted > before


async def test_a_transaction_that_loses_its_connection_says_so(farewell: Farewell) -> None:
    async with database_behind(farewell) as database:
        with pytest.raises(CONNECTION_LOST):  # noqa: PT012 # it is lost half-way
            async with database.begin() as transaction:
                await transaction.session.execute(select(literal(1)))
                farewell.say_goodbye()
                await asyncio.sleep(0.1)
                await transaction.session.execute(select(literal(1)))
        assert await write(database) == 1
