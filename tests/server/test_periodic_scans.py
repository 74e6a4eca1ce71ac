"""What is done by the calendar reads no large table as a whole, however Postgres plans it.

Postgres itself counts the rows that it looks at: EXPLAIN would be asked about one statement after
the other, and a plan is as good as the statistics of its moment. Those here are older than what is
due, as they are when many fall due at once.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.core.sm import SchedulerManager

from bench.dataset import Dataset, key
from db.job_queue import queue_on
from server.periodic import scheduler_on
from server.running_services import running_services
from server.settings import Settings
from services.reconciler import Reconciled, ReconcilerService
from tests.conftest import execute, on_database
from tests.stack import settings_for

DATASET = Dataset(3_000)
LARGE = 2_500
"""Rows of a table that must not be read as a whole."""
DUE = 450
"""Expiries that a sweep finds: three batches."""
COMPARED_AS_A_WHOLE = {"organizations", "subscriptions"}
"""The reconciler looks for what Stripe has not listed among all that there is."""
PLANNED = ["auto", "force_custom_plan", "force_generic_plan"]

FILL = """
INSERT INTO intents (organization_id, id, kind, status, parameters, attempt, created_at,
    attempted_at, closed_at)
SELECT id, gen_random_uuid(), 'CREATE_CUSTOMER', 'SUCCEEDED', '{}', 1, now() - interval '1 day',
    now() - interval '1 day', now() - interval '1 day'
FROM organizations;
INSERT INTO invoices (organization_id, id, stripe_invoice_id, stripe_subscription_id, status,
    currency, subtotal, discount, tax, total, amount_due, amount_paid, issued_at, period_start,
    period_end, lines)
SELECT o.id, gen_random_uuid(), gen_random_uuid(), s.stripe_subscription_id, 'PAID', 'usd', 100, 0,
    0, 100, 100, 100, now(), now(), now(), '[]'
FROM organizations o JOIN subscriptions s ON s.organization_id = o.id, generate_series(1, 2);
INSERT INTO billing_sessions (organization_id, id, kind, status, stripe_session_id, return_url,
    created_at)
SELECT id, gen_random_uuid(), 'PORTAL', 'OPEN', gen_random_uuid(), 'https://x.test', now()
FROM organizations, generate_series(1, 2);
INSERT INTO findings (organization_id, id, kind, subject, details, opened_at, closed_at)
SELECT id, gen_random_uuid(), 'DRIFT', 'sub', '{}', now(), now() FROM organizations;
INSERT INTO stripe_events (id, type, object_id, stripe_customer_id, stripe_created_at, received_at,
    payload, state, closed_at)
SELECT 'evt_' || n, 'invoice.paid', 'in_' || n, 'cus_' || n % 3000, now(), now(), '{}',
    CASE n % 3 WHEN 0 THEN 'IGNORED' ELSE 'DONE' END, now()
FROM generate_series(1, 6000) n;
INSERT INTO idempotency_keys (id, user_id, mutation, key, input_hash, created_at)
SELECT gen_random_uuid(), id, 'selectPlan', id, 'hash', now() FROM users;
INSERT INTO rate_counts (key, count, expires_at)
SELECT n, 1, now() + interval '1 hour' FROM generate_series(1, 6000) n;
INSERT INTO jobs.pgqueuer_log (job_id, status, priority, entrypoint)
SELECT n, 'successful', 0, 'a job' FROM generate_series(1, 6000) n
"""
FALL_DUE = """
UPDATE subscriptions SET status = 'UNPAID', ended_at = now() - interval '4 days',
    deactivates_at = now() - interval '1 day'
WHERE organization_id = ANY ($1)
"""
LOOKED_AT = """
SELECT t.relname, coalesce(t.seq_tup_read, 0) + coalesce(t.idx_tup_fetch, 0) AS looked_at,
    c.reltuples::int AS rows
FROM pg_stat_user_tables t JOIN pg_class c ON c.oid = t.relid WHERE c.reltuples >= $1
"""
SWEPT = """
SELECT count(*) FROM subscriptions WHERE organization_id = ANY ($1) AND deactivated_at IS NOT NULL
"""
OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


class DryReconciler(ReconcilerService):
    """Nothing of the data set is at Stripe, so that all of it is missed, and nothing repaired."""

    def __init__(self, wet: ReconcilerService) -> None:
        self._wet = wet

    async def reconcile(self, **options: Any) -> Reconciled:
        return await self._wet.reconcile(dry_run=True, **options)


@pytest.fixture(scope="module")
async def large(
    postgres_url: str, sandbox_process: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Settings]:
    """Settings of a worker on large tables."""
    name = f"periodic_{uuid.uuid4().hex}"
    await execute(postgres_url, f"CREATE DATABASE {name}")
    url, data_dir = on_database(postgres_url, name), tmp_path_factory.mktemp("periodic")
    await DATASET.make(url, issuer="https://issuer.test")
    of_an_ssd = f"ALTER DATABASE {name} SET random_page_cost = 1.1"  # tables here are small
    await execute(url, *FILL.split(";"), "VACUUM ANALYZE", of_an_ssd)
    yield settings_for(url, sandbox_process, Path(data_dir))
    await execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("planned", PLANNED)
async def test_no_job_of_the_calendar_reads_a_large_table_as_a_whole(
    large: Settings, planned: str
) -> None:
    assert large.database_url is not None
    url = large.database_url.get_secret_value()
    watching = await asyncpg.connect(url)
    try:
        name = await watching.fetchval("SELECT current_database()")
        await watching.execute(f"ALTER DATABASE {name} SET plan_cache_mode = {planned}")
        first = PLANNED.index(planned) * DUE
        due = [key("organization", number) for number in range(first, first + DUE)]
        await watching.execute(FALL_DUE, due)
        found = {job: await read_as_a_whole(large, job, watching) for job in await jobs(large)}
        assert await watching.fetchval(SWEPT, due) == DUE
    finally:
        await watching.close()
    assert found.pop("reconcile") <= COMPARED_AS_A_WHOLE
    assert len(found) > 5
    assert not any(found.values()), found


async def jobs(settings: Settings) -> list[str]:
    """Every job that the calendar has."""
    async with calendar(settings) as scheduler:
        return sorted(one.entrypoint for one in scheduler.registry)


async def read_as_a_whole(
    settings: Settings, job: str, watching: "asyncpg.Connection[Any]"
) -> set[str]:
    """The large tables of which a job looked at as many rows as there are.

    Its connections tell of it when they end.
    """
    before = await watching.fetch(LOOKED_AT, LARGE)
    async with calendar(settings) as scheduler:
        [executor] = [one for key, one in scheduler.registry.items() if key.entrypoint == job]
        nothing: Any = None  # neither schedule nor context is looked at
        await executor.execute(nothing, nothing)
    async with asyncio.timeout(30):
        while await watching.fetchval(OTHERS):  # noqa: ASYNC110 # it happens in the database
            await asyncio.sleep(0.01)
    after = {row["relname"]: row["looked_at"] for row in await watching.fetch(LOOKED_AT, LARGE)}
    return {
        row["relname"] for row in before if after[row["relname"]] - row["looked_at"] >= row["rows"]
    }


@asynccontextmanager
async def calendar(settings: Settings) -> AsyncIterator[SchedulerManager]:
    """The scheduler of a worker that has just started."""
    assert settings.database_url is not None
    url = settings.database_url.get_secret_value()
    connection = await asyncpg.connect(url)
    try:
        async with running_services(settings, database_url=url) as services:
            dry = replace(services, reconciler=DryReconciler(services.reconciler))
            yield scheduler_on(queue_on(AsyncpgDriver(connection)), dry)
    finally:
        await connection.close()
