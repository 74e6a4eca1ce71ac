"""Many organizations: calls grow with pages, a run that is killed is carried on, two run as one."""

import asyncio
import os
import signal
import sys
from collections import Counter

import pytest
from sqlalchemy import text

from db.statements import Statement
from services.reconciler import Watching
from services.reconciliation_runs import AlreadyReconcilingError, ReconciliationRuns
from tests.services.many_organizations import mirror_copies
from tests.services.reconciling import (
    assert_nothing_left,
    open_findings,
    reconcile,
    recorded_calls,
    subscribed,
)
from tests.stack import Stack

COPIES = 250

MISSED = "UPDATE subscriptions SET seats = 77 WHERE stripe_subscription_id ~ '_7[0-9]?$'"
"""Of eleven copies we have missed something."""
STILL_MISSED = Statement(text("SELECT count(*) FROM subscriptions WHERE seats = 77"))
LEASE_RUNS_OUT = "UPDATE reconciliations SET leased_until = now()"
CURSOR = Statement(text("SELECT cursor FROM reconciliations WHERE finished_at IS NULL"))


@pytest.fixture
async def many(stack: Stack, database_url: str) -> Stack:
    """An organization, and copies of it: here and at Stripe."""
    payer = await subscribed(stack)
    found = await payer.at_stripe()
    await stack.stripe("POST", f"/_control/subscriptions/{found['id']}/copies", count=COPIES)
    await mirror_copies(database_url, found["id"], count=COPIES)
    return stack


async def run(stack: Stack, sql: str) -> None:
    async with stack.services.database.begin() as transaction:
        await transaction.session.execute(text(sql))


async def number(stack: Stack, statement: Statement) -> int:
    return int((await stack.services.database.fetch(statement))[0][0])


async def test_calls_grow_with_pages_and_not_with_organizations(many: Stack) -> None:
    calls = recorded_calls(many.services.reconciler._gateway)
    done, _ = await reconcile(many)
    assert (done.compared, done.drifted) == (2 * (COPIES + 1), 0)
    pages = -(-(COPIES + 1) // 100)
    assert Counter(calls) == {
        "GET /v1/subscriptions": pages,
        "GET /v1/customers": pages,
        "GET /v1/invoices": 1,
        "GET /v1/checkout/sessions": 1,
    }


async def test_only_what_differs_costs_calls_of_its_own(many: Stack) -> None:
    await run(many, MISSED)
    missed = await number(many, STILL_MISSED)
    calls = recorded_calls(many.services.reconciler._gateway)
    done, told = await reconcile(many)
    assert (done.drifted, len(told), await number(many, STILL_MISSED)) == (missed, missed, 0)
    assert len(calls) < 10 + 8 * missed
    await assert_nothing_left(many)


async def test_a_run_that_is_stopped_is_carried_on(many: Stack) -> None:
    await run(many, MISSED)
    stop = asyncio.Event()
    watching = Watching(advanced=lambda ours: stop.set() if ours else None, stop=stop)
    done = await many.services.reconciler.reconcile(watching=watching)
    assert not done.finished
    assert done.compared == 100
    calls = recorded_calls(many.services.reconciler._gateway)
    done, _ = await reconcile(many)
    assert (done.finished, done.compared) == (True, 2 * (COPIES + 1))
    assert calls.count("GET /v1/subscriptions") == 2 + done.drifted, "pages and syncs"
    assert await number(many, STILL_MISSED) == 0
    await assert_nothing_left(many)


async def test_a_process_that_is_killed_is_carried_on(many: Stack, database_url: str) -> None:
    """It dies in the middle of its repairs: a row that we hold keeps it there."""
    await run(many, MISSED)
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "SEATWISE_SANDBOX_URL": many.settings.sandbox_url,
        "SEATWISE_SANDBOX_API_KEY": many.settings.sandbox_api_key,
    }
    hold = "SELECT id FROM organizations WHERE name = 'many-75' FOR NO KEY UPDATE"
    async with many.services.database.begin() as transaction:
        await transaction.session.execute(text(hold))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server.cli", "reconcile", env=environment
        )
        try:
            async with asyncio.timeout(120):
                while not await open_findings(many):  # noqa: ASYNC110 # another process does it
                    await asyncio.sleep(0.02)
        finally:
            process.send_signal(signal.SIGKILL)
            assert await process.wait() == -signal.SIGKILL
    assert await number(many, STILL_MISSED) > 0
    assert (await many.services.database.fetch(CURSOR))[0]["cursor"] is not None
    with pytest.raises(AlreadyReconcilingError):
        await reconcile(many)
    await run(many, LEASE_RUNS_OUT)
    done, _ = await reconcile(many)
    assert done.finished
    assert (await number(many, STILL_MISSED), await open_findings(many)) == (0, [])
    await assert_nothing_left(many)


async def test_of_two_at_once_one_runs(many: Stack) -> None:
    results = await asyncio.gather(
        *(many.services.reconciler.reconcile() for _ in range(2)), return_exceptions=True
    )
    assert sum(isinstance(one, AlreadyReconcilingError) for one in results) == 1


async def test_who_has_lost_the_lease_writes_nothing(many: Stack) -> None:
    """It was too slow, and somebody else has carried on."""
    runs = ReconciliationRuns(many.services.database, many.services.clock)
    slow = await runs.take(None, dry_run=False)
    await run(many, LEASE_RUNS_OUT)
    other = await runs.take(None, dry_run=False)
    slow.cursor, other.cursor = "sub_of_the_slow_one", "sub_of_the_other"
    with pytest.raises(AlreadyReconcilingError):
        await runs.advance(slow)
    await runs.let_go(slow)
    with pytest.raises(AlreadyReconcilingError):
        await reconcile(many)
    await runs.advance(other)
    await runs.let_go(other)
    assert (await many.services.database.fetch(CURSOR))[0]["cursor"] == "sub_of_the_other"
