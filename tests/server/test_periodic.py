"""What is done by the calendar: by one of all workers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.core.sm import SchedulerManager

from db.job_queue import queue_on
from server.periodic import scheduler_on
from services.assembly import Services
from services.expiry import ExpiryService, Swept
from tests.conftest import execute
from tests.services.many_organizations import make_many
from tests.stack import Stack

DUE, PEOPLE = 3, 2
NOW_DUE = "UPDATE jobs.pgqueuer_schedules SET next_run = now()"


class WatchedExpiry(ExpiryService):
    """Tells what each sweep did."""

    swept: "asyncio.Queue[Swept]"

    async def sweep(self, **options: Any) -> Swept:
        swept = await super().sweep(**options)
        self.swept.put_nowait(swept)
        return swept


@asynccontextmanager
async def scheduler(database_url: str, services: Services) -> AsyncIterator[SchedulerManager]:
    connection = await asyncpg.connect(database_url)
    try:
        yield scheduler_on(queue_on(AsyncpgDriver(connection)), services)
    finally:
        await connection.close()


async def test_of_two_workers_one_sweeps(stack: Stack, database_url: str) -> None:
    await make_many(database_url, total=DUE, due=DUE, people=PEOPLE)
    watched = WatchedExpiry(stack.services.database, stack.services.clock)
    watched.swept = asyncio.Queue()
    services = replace(stack.services, expiry=watched)
    async with (
        scheduler(database_url, services) as first,
        scheduler(database_url, services) as second,
        scheduler(database_url, services) as earlier,
    ):
        earlier.shutdown.set()
        await earlier.run()  # the schedule is in the database now
        await execute(database_url, NOW_DUE)
        running = asyncio.gather(first.run(), second.run())
        async with asyncio.timeout(30):
            swept = await watched.swept.get()
        first.shutdown.set()
        second.shutdown.set()
        await running
    assert swept == Swept(organizations=DUE, people=DUE * PEOPLE)
    assert watched.swept.empty()
