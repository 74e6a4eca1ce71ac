"""Looks now and then at what has no moment of its own to be counted at."""

import asyncio
from typing import NoReturn

from db.database import Database
from server.telemetry import metrics

_SECONDS = 5.0


async def sample_connections(database: Database) -> NoReturn:
    """Until cancelled. Other processes answer for this one, so it cannot wait to be asked."""
    while True:
        for use in database.pool_use():
            for state in ("used", "idle", "spare"):
                metrics.CONNECTIONS.labels(use.pool, state).set(getattr(use, state))
        await asyncio.sleep(_SECONDS)
