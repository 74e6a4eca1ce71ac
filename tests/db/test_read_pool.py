"""Connections that are at hand are used again, and no read loses one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from db.read_pool import ReadPool
from db.unavailable import CONNECTION_LOST, DatabaseBusyError

LONG_AFTER = 30.0
PID = "SELECT pg_backend_pid() AS pid"
SLEEP = "SELECT pg_sleep(600)"
IS_ASLEEP = (
    "SELECT count(*) FROM pg_stat_activity WHERE query = $1 AND datname = current_database()"
)

OTHERS = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@asynccontextmanager
async def read_pool(
    url: str, *, size: int, patience: float = LONG_AFTER, rest: float = LONG_AFTER
) -> AsyncIterator[ReadPool]:
    connections = await asyncpg.create_pool(
        url, min_size=1, max_size=size, max_inactive_connection_lifetime=rest
    )
    pool = ReadPool(connections, patience=patience, rest=rest)
    try:
        yield pool
    finally:
        await pool.close()


@pytest.fixture
async def observer(database_url: str) -> "AsyncIterator[asyncpg.Connection[Any]]":
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def sleeping(pool: ReadPool, observer: "asyncpg.Connection[Any]") -> "asyncio.Task[Any]":
    """A read that Postgres works on until it is cancelled."""
    task = asyncio.create_task(pool.fetch(SLEEP, ()))
    async with asyncio.timeout(LONG_AFTER):
        while not await observer.fetchval(IS_ASLEEP, SLEEP):  # noqa: ASYNC110 # Postgres sets no event
            await asyncio.sleep(0.01)
    return task


async def pid_of(pool: ReadPool) -> int:
    [row] = await pool.fetch(PID, ())
    return int(row["pid"])


async def test_reads_one_after_the_other_share_a_connection(database_url: str) -> None:
    async with read_pool(database_url, size=5) as pool:
        assert len({await pid_of(pool) for _ in range(5)}) == 1
        assert pool.use() == (0, 1, 4)


async def test_more_reads_than_connections_wait_for_each_other(database_url: str) -> None:
    async with read_pool(database_url, size=2) as pool:
        pids = await asyncio.gather(*(pid_of(pool) for _ in range(40)))
        assert len(set(pids)) <= 2
        assert pool.use() == (0, 2, 0)


async def test_connections_that_nobody_needs_are_closed(
    database_url: str, observer: "asyncpg.Connection[Any]"
) -> None:
    async with read_pool(database_url, size=3, rest=0.05) as pool:
        await asyncio.gather(*(pool.fetch("SELECT pg_sleep(0.1)", ()) for _ in range(3)))
        async with asyncio.timeout(LONG_AFTER):
            while await observer.fetchval(OTHERS) > 1:
                await pid_of(pool)
        assert await pid_of(pool)


async def test_a_read_that_gets_no_connection_says_so_and_the_next_one_gets_one(
    database_url: str, observer: "asyncpg.Connection[Any]"
) -> None:
    async with read_pool(database_url, size=1, patience=0.1) as pool:
        long = await sleeping(pool, observer)
        with pytest.raises(DatabaseBusyError):
            await pid_of(pool)
        long.cancel()
        with pytest.raises(asyncio.CancelledError):
            await long
        assert await pid_of(pool)


async def test_a_cancelled_read_ends_in_postgres_too(
    database_url: str, observer: "asyncpg.Connection[Any]"
) -> None:
    async with read_pool(database_url, size=1) as pool:
        long = await sleeping(pool, observer)
        waiting = [asyncio.create_task(pid_of(pool)) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        long.cancel()
        ended = await asyncio.gather(long, *waiting, return_exceptions=True)
        assert [type(one) for one in ended] == [
            *(asyncio.CancelledError, asyncio.CancelledError),
            *(int, int),
        ]


async def test_a_failed_statement_costs_no_connection(database_url: str) -> None:
    async with read_pool(database_url, size=1) as pool:
        for _ in range(3):
            with pytest.raises(asyncpg.DivisionByZeroError):
                await pool.fetch("SELECT 1 / 0", ())
        assert await pid_of(pool)


async def test_a_connection_that_ended_at_hand_is_replaced(
    database_url: str, observer: "asyncpg.Connection[Any]"
) -> None:
    async with read_pool(database_url, size=1) as pool:
        ended = await pid_of(pool)
        await observer.fetchval("SELECT pg_terminate_backend($1)", ended)
        async with asyncio.timeout(LONG_AFTER):
            while True:  # until the driver has heard of it, a read on it is a lost connection
                try:
                    assert await pid_of(pool) != ended
                    break
                except CONNECTION_LOST:
                    await asyncio.sleep(0.01)
        assert pool.use() == (0, 1, 0)


async def test_closing_waits_for_a_read_that_is_under_way(database_url: str) -> None:
    async with read_pool(database_url, size=2) as pool:
        await pid_of(pool)
        under_way = asyncio.create_task(pool.fetch("SELECT pg_sleep(0.2), 1 AS one", ()))
        await asyncio.sleep(0.05)
    assert (await under_way)[0]["one"] == 1
