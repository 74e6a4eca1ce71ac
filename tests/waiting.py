"""Waiting until somebody waits in Postgres for what another transaction holds."""

import asyncio

from sqlalchemy import text

from db.database import Database
from db.statements import Statement

WAITING = Statement(
    text("""
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'
    """)
)
"""Backends that wait for a row that another transaction holds."""


async def until_waiting_or_done(database: Database, task: "asyncio.Task[None]") -> None:
    """Until a statement waits for another transaction, or the task has not had to."""
    async with asyncio.timeout(30):
        while not task.done():
            if (await database.fetch(WAITING))[0][0]:
                return
            await asyncio.sleep(0.01)
