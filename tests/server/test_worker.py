"""The worker runs what was enqueued, also after the database went away under it."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from server.worker import work
from services.jobs import SYNC_EVENT
from tests.conftest import execute
from tests.server.silent_database import silent_database
from tests.stack import Stack

SECONDS = 60
COUNT = "SELECT count(*) FROM jobs.pgqueuer"
CUT_EVERYBODY = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture
async def working(stack: Stack, database_url: str) -> AsyncIterator[asyncio.Task[None]]:
    stop = asyncio.Event()
    task = asyncio.create_task(work(stack.services, database_url=database_url, stop=stop))
    yield task
    stop.set()
    async with asyncio.timeout(SECONDS):
        await task


async def enqueue(stack: Stack) -> None:
    """A job about an event that nobody knows: it is done by finding that out."""
    async with stack.services.database.begin() as transaction:
        await transaction.enqueue(SYNC_EVENT, {"event_id": "evt_unknown"})


async def until_done(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        async with asyncio.timeout(SECONDS):
            while await connection.fetchval(COUNT):  # noqa: ASYNC110 - the worker works there
                await asyncio.sleep(0.02)
    finally:
        await connection.close()


@pytest.mark.usefixtures("working")
async def test_a_job_is_done(stack: Stack, database_url: str) -> None:
    await enqueue(stack)
    await until_done(database_url)


@pytest.mark.usefixtures("working")
async def test_work_goes_on_when_the_database_comes_back(stack: Stack, database_url: str) -> None:
    await enqueue(stack)
    await until_done(database_url)
    await execute(database_url, CUT_EVERYBODY)
    await enqueue(stack)
    await until_done(database_url)


async def test_what_was_enqueued_before_the_start_is_done(stack: Stack, database_url: str) -> None:
    await enqueue(stack)
    stop = asyncio.Event()
    task = asyncio.create_task(work(stack.services, database_url=database_url, stop=stop))
    await until_done(database_url)
    stop.set()
    async with asyncio.timeout(SECONDS):
        await task


async def test_a_worker_that_waits_for_the_database_can_be_told_to_stop(stack: Stack) -> None:
    """A driver waits for a minute, and nobody who stops a worker does."""
    stop = asyncio.Event()
    async with silent_database() as silent:
        task = asyncio.create_task(work(stack.services, database_url=silent.url, stop=stop))
        await silent.knocked.wait()
        stop.set()
        async with asyncio.timeout(SECONDS / 2):
            await task
