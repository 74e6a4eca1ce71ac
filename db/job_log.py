"""What PgQueuer writes down of each job: three rows, which it keeps for ever."""

from sqlalchemy import text

from db.database import Database
from db.statements import Statement

BATCH = 10_000

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
    deleted = batch
    while deleted == batch:
        async with database.begin() as transaction:
            deleted = len(await transaction.fetch(_FORGET, most=batch))
