"""What PgQueuer writes down of each job: three rows, which it keeps for ever."""

from sqlalchemy import text

from db.batches import BATCH, delete_in_batches
from db.database import Database
from db.statements import Statement

_FORGET = Statement(
    text("""
        DELETE FROM jobs.pgqueuer_log WHERE id IN (
            SELECT id FROM jobs.pgqueuer_log
            WHERE created < now() - interval '7 days' LIMIT CAST(:most AS bigint)
        ) RETURNING id
    """)
)


async def forget_old(database: Database, *, batch: int = BATCH) -> None:
    """Delete what is a week old, in batches. For the worker."""
    await delete_in_batches(database, _FORGET, batch=batch)
