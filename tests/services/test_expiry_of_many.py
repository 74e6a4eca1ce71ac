"""The sweep over many organizations: together, killed, carried on, and by two at once."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest
from sqlalchemy import text

from db.statements import Statement
from services.expiry import Swept
from tests.services.many_organizations import make_many
from tests.stack import Stack
from tests.waiting import WAITING

DUE, PEOPLE = 60, 4

UNFINISHED = Statement(
    text("""
        SELECT o.name FROM organizations o
        JOIN subscriptions s ON s.organization_id = o.id
        JOIN members m ON m.organization_id = o.id AND m.role <> 'OWNER'
        LEFT JOIN seats ON seats.member_id = m.id AND seats.ended_at IS NULL
        WHERE (s.deactivated_at IS NULL) <> (m.status = 'ACTIVE')
           OR (m.status = 'ACTIVE') <> (seats.id IS NOT NULL)
    """)
)
"""Organizations of which a part was done and a part was not."""
EVENTS = Statement(
    text("SELECT count(*) FROM audit_events WHERE action = 'organization.deactivated'")
)
JOBS = Statement(text("SELECT count(*) FROM jobs.pgqueuer WHERE entrypoint = 'write_notices'"))


@pytest.fixture
async def many(stack: Stack, database_url: str) -> Stack:
    await make_many(database_url, total=2 * DUE, due=DUE, people=PEOPLE)
    return stack


async def number(stack: Stack, statement: Statement) -> int:
    return int((await stack.services.database.fetch(statement))[0][0])


async def assert_all_done(stack: Stack) -> None:
    """Each once, and a second run finds nothing."""
    assert await stack.services.expiry.sweep() == Swept()
    assert await stack.services.database.fetch(UNFINISHED) == []
    assert await number(stack, EVENTS) == DUE
    assert await number(stack, JOBS) == DUE


async def test_all_are_deactivated_in_batches(many: Stack) -> None:
    batches: list[int] = []
    swept = await many.services.expiry.sweep(batch=25, advanced=batches.append)
    assert swept == Swept(organizations=DUE, people=DUE * PEOPLE)
    assert batches == [25, 25, 10]
    await assert_all_done(many)


async def test_sweeps_at_the_same_time_share_the_work(many: Stack) -> None:
    together = await asyncio.gather(*(many.services.expiry.sweep(batch=3) for _ in range(4)))
    assert sum(swept.organizations for swept in together) == DUE
    assert sum(swept.people for swept in together) == DUE * PEOPLE
    await assert_all_done(many)


async def test_a_sweep_that_is_cancelled_is_carried_on(many: Stack) -> None:
    third = asyncio.Event()

    def advanced(_: int, done: list[int] = []) -> None:  # noqa: B006 # it counts its calls
        done.append(1)
        if len(done) == 3:
            third.set()

    sweep = asyncio.create_task(many.services.expiry.sweep(batch=4, advanced=advanced))
    await third.wait()
    sweep.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sweep
    assert await many.services.database.fetch(UNFINISHED) == []
    assert 0 < await many.services.expiry.count_due() < DUE
    await many.services.expiry.sweep()
    await assert_all_done(many)


async def test_a_process_that_is_killed_leaves_nothing_half_done(
    many: Stack, database_url: str
) -> None:
    """It is killed inside a transaction: a member whose row we hold keeps it there."""
    command = [sys.executable, "-m", "server.cli", "expire", "--batch", "10"]
    environment = {**os.environ, "DATABASE_URL": database_url}
    hold = text("SELECT id FROM members WHERE role = 'ADMIN' ORDER BY id DESC LIMIT 1 FOR UPDATE")
    async with many.services.database.begin() as transaction:
        await transaction.session.execute(hold)
        process = await asyncio.create_subprocess_exec(*command, env=environment)
        async with asyncio.timeout(30):
            while await number(many, WAITING) == 0:  # noqa: ASYNC110 # it happens in the database
                await asyncio.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        assert await process.wait() == -signal.SIGKILL
    assert await many.services.database.fetch(UNFINISHED) == []
    async with asyncio.timeout(30):
        while await many.services.expiry.count_due():  # until Postgres has noticed the death
            await many.services.expiry.sweep()
    await assert_all_done(many)


async def test_one_that_somebody_works_on_is_left_for_the_next_time(many: Stack) -> None:
    lock = text("SELECT id FROM organizations WHERE name = 'many-1' FOR UPDATE")
    async with many.services.database.begin() as transaction:
        await transaction.session.execute(lock)
        swept = await many.services.expiry.sweep()
    assert swept.organizations == DUE - 1
    assert (await many.services.expiry.sweep()).organizations == 1
    await assert_all_done(many)


async def test_the_command_lists_and_then_does_it(many: Stack, database_url: str) -> None:
    def expire(*options: str) -> list[str]:
        ran = subprocess.run(  # noqa: S603 # our own command
            [sys.executable, "-m", "server.cli", "expire", *options],
            env={**os.environ, "DATABASE_URL": database_url},
            capture_output=True,
            text=True,
            check=True,
        )
        return ran.stdout.splitlines()

    *listed, told = await asyncio.to_thread(expire, "--dry-run")
    assert len(listed) == DUE
    assert all(f": {PEOPLE} members; ended " in line for line in listed)
    assert told == f"{DUE * PEOPLE} members of {DUE} organizations would be deactivated"
    assert await number(many, EVENTS) == 0
    done = f"{DUE * PEOPLE} members of {DUE} organizations deactivated"
    assert await asyncio.to_thread(expire) == [done]
    await assert_all_done(many)
