"""What other processes announce, heard in this one: changes, the catalogue, the clock.

One connection per process, on the direct address: LISTEN does not pass PgBouncer. When it was lost,
announcements may have been, too: then everything is looked at again.
"""

import asyncio
from typing import Any

import asyncpg
import structlog

from db.catalogue import CATALOGUE_CHANNEL
from db.completion import UPDATES_CHANNEL
from db.unavailable import DATABASE_UNAVAILABLE
from db.urls import asyncpg_dsn
from services.assembly import Services
from services.clock import CLOCK_CHANNEL

log = structlog.get_logger(__name__)

_PAUSE_SECONDS = 1.0
_PROBE_SECONDS = 30.0


async def listen(services: Services, *, database_url: str) -> None:
    """Listen until cancelled: whatever ends a connection, the next one is made."""
    while True:
        try:
            await _listen_once(services, database_url)
        except* (*DATABASE_UNAVAILABLE, asyncpg.PostgresError) as errors:
            log.warning("listening.lost", reason=repr(errors.exceptions[0]))
        except* Exception:  # nobody awaits this task: its end would go unnoticed
            log.exception("listening.failed")
        await asyncio.sleep(_PAUSE_SECONDS)


async def _listen_once(services: Services, database_url: str) -> None:
    """Listen on one connection until it breaks."""
    connection = await asyncpg.connect(asyncpg_dsn(database_url))
    lost = asyncio.Event()
    clock_moved = asyncio.Event()
    connection.add_termination_listener(lambda _: lost.set())
    try:
        await connection.add_listener(
            UPDATES_CHANNEL, lambda *heard: services.updates.heard(str(heard[-1]))
        )
        await connection.add_listener(CATALOGUE_CHANNEL, lambda *_: services.catalogue.invalidate())
        await connection.add_listener(CLOCK_CHANNEL, lambda *_: clock_moved.set())
        await _look_again(services)
        async with asyncio.TaskGroup() as group:
            following = group.create_task(_follow_clock(services, clock_moved))
            await _until_lost(connection, lost)
            following.cancel()
    finally:
        connection.terminate()
    raise ConnectionError("the connection was closed")


async def _look_again(services: Services) -> None:
    services.updates.lost_track()
    services.catalogue.invalidate()
    await services.clock.refresh(services.database)


async def _follow_clock(services: Services, moved: asyncio.Event) -> None:
    while True:
        await moved.wait()
        moved.clear()
        await services.clock.refresh(services.database)


async def _until_lost(connection: "asyncpg.Connection[Any]", lost: asyncio.Event) -> None:
    """A probe now and then finds a connection that died without a word."""
    while not lost.is_set():
        try:
            async with asyncio.timeout(_PROBE_SECONDS):
                await lost.wait()
        except TimeoutError:
            await connection.execute("SELECT 1", timeout=_PROBE_SECONDS)
