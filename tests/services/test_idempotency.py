import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from db.enums import MemberRole
from db.statements import Statement
from services import idempotency
from services.actors import Actor
from services.idempotency import IdempotentCall
from services.people_refusals import AlreadyInvited
from services.refusals import IdempotencyKeyReused, InvalidInput
from tests.services.team import Team, new_team
from tests.stack import Stack
from tests.waiting import until_waiting_or_done

COUNT = Statement(text("SELECT count(*) AS keys FROM idempotency_keys"))


async def test_keys_are_forgotten_after_a_day_and_not_before(stack: Stack) -> None:
    owner = await stack.user("owner")
    await stack.services.organizations.create(
        viewer=owner,
        actor=Actor.user(owner.id),
        name="acme",
        display_name="Acme",
        idempotency_key="k",
    )
    for age, left in ((timedelta(hours=23), 1), (timedelta(hours=24), 0)):
        now = stack.services.clock.now() + age
        await idempotency.forget_old(stack.services.database, now=now)
        row = await stack.services.database.fetch_row(COUNT)
        assert row is not None
        assert row["keys"] == left


async def test_after_a_day_a_key_says_nothing_of_the_call_before(stack: Stack) -> None:
    """Also where no worker has forgotten it yet."""
    team = await new_team(stack, seats=4)
    await team.invite("ann", key="k")
    for _ in range(2):
        with pytest.raises(IdempotencyKeyReused):
            await team.invite("bob", key="k")
    await stack.services.clock.advance(stack.services.database, timedelta(hours=24))
    with pytest.raises(AlreadyInvited):
        await team.invite("ann", key="k")
    bob = await team.invite("bob", key="k")
    assert await team.invite("bob", key="k") == bob


async def test_a_key_is_of_one_person_one_organization_and_one_mutation(stack: Stack) -> None:
    team = await new_team(stack, seats=8)
    admin = await stack.join(team.organization, "admin", MemberRole.ADMIN)
    other = Team(stack, team.owner, await stack.organization(team.owner, "other"))
    await other.subscribe(seats=8)
    ann = await team.invite("ann", key="k")
    bob = await team.invite("bob", key="k", by=admin)
    carl = await other.invite("carl", key="k")
    actor, services = Actor.user(team.owner.id), stack.services
    await services.invitations.resend(ann, viewer=team.owner, actor=actor, idempotency_key="k")
    await services.invitations.cancel(ann, viewer=team.owner, actor=actor, idempotency_key="k")
    assert [
        await team.invite("ann", key="k"),
        await team.invite("bob", key="k", by=admin),
        await other.invite("carl", key="k"),
    ] == [ann, bob, carl]


async def test_a_key_that_is_forgotten_in_that_moment_is_a_new_one(stack: Stack) -> None:
    owner = await stack.user("owner")
    database, now = stack.services.database, stack.services.clock.now()
    call = IdempotentCall("k", owner.id, None, "createOrganization", {})

    async def answer() -> None:
        async with database.begin() as transaction:
            assert await call.answer(transaction, now=now) is None
            await call.remember(transaction, {"done": 2}, now=now)

    async with database.begin() as transaction:
        await call.remember(transaction, {"done": 1}, now=now - idempotency.LIFETIME)
    async with database.begin() as forgetting:
        await forgetting.fetch(Statement(text("DELETE FROM idempotency_keys")))
        answering = asyncio.create_task(answer())
        await until_waiting_or_done(database, answering)
    await answering
    async with database.begin() as transaction:
        assert await call.answer(transaction, now=now) == {"done": 2}


def test_a_key_has_to_be_usable() -> None:
    for key in ("", "x" * 256, "a\0b"):
        with pytest.raises(InvalidInput, match="idempotencyKey"):
            IdempotentCall(key, uuid4(), None, "inviteMember", {})
    for usable in (None, "x", "x" * 255):
        IdempotentCall(usable, uuid4(), None, "inviteMember", {})
