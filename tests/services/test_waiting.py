"""What waits for another transaction, and what it finds when that is over."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from db import organizations
from db.enums import DeactivationReason
from services.actors import Actor
from services.global_ids import TenantKey
from services.people_refusals import OwnerProtected
from services.views import MemberView
from tests.services.billing_world import Payer, new_payer
from tests.stack import Stack
from tests.waiting import until_waiting_or_done

WRITE_MAIL = text("""
    INSERT INTO mails (organization_id, id, kind, cause, recipient, message_id, subject, text, html,
                       queued_at)
    VALUES (:acme, gen_random_uuid(), 'INVITATION', 'a test', 'a@example.com', 'a', 'a', 'a', 'a',
            now())
""")
PATIENCE = 30


async def reduced_at_stripe(stack: Stack) -> Payer:
    """Three seats have become two, and nobody has fetched it."""
    payer = await new_payer(stack)
    await payer.buy(seats=3)
    await payer.add_member("early")
    await payer.change(seats=2, keep=())
    by = timedelta(days=32)
    await stack.stripe("POST", "/_control/clock/advance", seconds=int(by.total_seconds()))
    await stack.services.clock.advance(stack.services.database, by)
    return payer


async def join_while_it_waits(stack: Stack, *, clock_ahead: timedelta) -> MemberView:
    """Somebody joins while `sync` waits for their transaction; them, as they are afterwards."""
    payer, late = await reduced_at_stripe(stack), await stack.user("late")
    async with stack.services.database.begin() as transaction:
        await organizations.lock(transaction, payer.id)
        sync = asyncio.create_task(payer.sync())
        await until_waiting_or_done(stack.services.database, sync)
        key = TenantKey(payer.id, await payer.add_user(transaction, late, clock_ahead=clock_ahead))
    await sync
    return (await stack.services.members.get_many([key]))[key]


async def test_who_joins_while_a_reduction_waits_loses_the_seat_afterwards(stack: Stack) -> None:
    late = await join_while_it_waits(stack, clock_ahead=timedelta())
    assert late.deactivation_reason is DeactivationReason.NO_SEAT
    assert late.deactivated_at is not None
    assert late.deactivated_at > late.joined_at


async def test_no_seat_ends_before_it_began_by_the_clock_of_another_machine(stack: Stack) -> None:
    late = await join_while_it_waits(stack, clock_ahead=timedelta(seconds=2))
    assert late.deactivation_reason is DeactivationReason.NO_SEAT


async def test_nobody_waits_for_a_mail_that_is_being_written(stack: Stack) -> None:
    """A new row that refers to an organization holds its key, which nobody changes."""
    owner = await stack.user("owner")
    acme, actor, services = await stack.organization(owner), Actor.user(owner.id), stack.services
    async with services.database.begin() as transaction, asyncio.timeout(PATIENCE):
        await transaction.session.execute(WRITE_MAIL, {"acme": acme})
        await services.organizations.update(
            acme, viewer=owner, actor=actor, wanted={"display_name": "Acme Inc."}
        )
        with pytest.raises(OwnerProtected):
            await services.memberships.leave(acme, viewer=owner, actor=actor)
        async with services.database.begin() as job:
            await organizations.lock(job, acme)
