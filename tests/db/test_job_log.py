"""The log of the job queue, which would grow without bound."""

from sqlalchemy import text

from db import job_log
from db.database import Database
from db.statements import Statement
from tests.conftest import execute
from tests.stack import Stack

LOG = """
    INSERT INTO jobs.pgqueuer_log (job_id, status, priority, entrypoint, created)
    SELECT 1, 'successful', 0, 'a job', now() - interval '{age}' FROM generate_series(1, {rows})
"""
LEFT = Statement(text("SELECT count(*) AS rows FROM jobs.pgqueuer_log"))


async def count(database: Database) -> int:
    [row] = await database.fetch(LEFT)
    return int(row["rows"])


async def test_a_week_of_the_log_is_kept(stack: Stack, database_url: str) -> None:
    database = stack.services.database
    before = await count(database)
    old, young = LOG.format(age="8 days", rows=5), LOG.format(age="6 days", rows=3)
    await execute(database_url, old, young)
    await job_log.forget_old(database, batch=2)
    assert await count(database) == before + 3
