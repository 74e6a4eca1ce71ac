"""What the subscription's state means for who may come in (B2-B4), and what the records keep."""

import asyncpg
import pytest
from sqlalchemy import text

from db.enums import MemberRole, SubscriptionStatus
from services.actors import Actor
from services.change_refusals import PaymentRequired
from services.people_refusals import SeatLimitReached, SubscriptionExpired
from tests.services.team import Team, new_team
from tests.stack import Stack


async def stand(team: Team, status: SubscriptionStatus, *, seats: int) -> None:
    """The mirror as `sync` would write it."""
    expired = status not in {SubscriptionStatus.PAST_DUE, SubscriptionStatus.ACTIVE}
    async with team.stack.services.database.begin() as transaction:
        await transaction.session.execute(
            text(
                "UPDATE subscriptions SET status = :status, seats = :seats, was_entitled = true,"
                " ended_at = CASE WHEN :expired THEN now() END,"
                " deactivates_at = CASE WHEN :expired THEN now() + interval '3 days' END"
            ),
            {"status": status, "seats": seats, "expired": expired},
        )


async def test_while_a_payment_is_missing_the_invited_join_and_nobody_else(stack: Stack) -> None:
    team = await new_team(stack, seats=5)
    await team.invite("ann")
    bob, actor = await team.add("bob"), Actor.user(team.owner.id)
    await stack.services.memberships.deactivate(bob, viewer=team.owner, actor=actor)
    await stand(team, SubscriptionStatus.PAST_DUE, seats=5)
    with pytest.raises(PaymentRequired) as refused:
        await team.invite("carl")
    assert refused.value.subscription.status is SubscriptionStatus.PAST_DUE
    with pytest.raises(PaymentRequired):
        await stack.services.memberships.reactivate(bob, viewer=team.owner, actor=actor)
    await team.accept("ann")
    assert (await team.usage()).occupied == 2
    await stand(team, SubscriptionStatus.ACTIVE, seats=5)
    await stack.services.memberships.reactivate(bob, viewer=team.owner, actor=actor)


async def test_who_owes_is_told_to_pay_also_where_no_seat_is_left(stack: Stack) -> None:
    """Another seat, or a bigger plan, could not be bought before."""
    team = await new_team(stack, seats=2)
    await team.add("bob")
    await stand(team, SubscriptionStatus.PAST_DUE, seats=2)
    with pytest.raises(PaymentRequired):
        await team.invite("carl")


@pytest.mark.parametrize(
    ("status", "refusal"),
    [("CANCELED", SeatLimitReached), ("UNPAID", PaymentRequired), ("PAUSED", SeatLimitReached)],
)
async def test_after_the_end_invitations_are_frozen_and_people_can_still_go(
    stack: Stack, status: str, refusal: type[Exception]
) -> None:
    team = await new_team(stack, seats=5)
    key = await team.invite("ann")
    bob, actor = await team.add("bob"), Actor.user(team.owner.id)
    await stand(team, SubscriptionStatus(status), seats=5)
    with pytest.raises(SubscriptionExpired):
        await team.accept("ann")
    with pytest.raises(SubscriptionExpired):
        await stack.services.invitations.resend(key, viewer=team.owner, actor=actor)
    with pytest.raises(refusal):
        await team.invite("carl")
    await stack.services.memberships.remove(bob, viewer=team.owner, actor=actor)
    await stack.services.invitations.cancel(key, viewer=team.owner, actor=actor)


async def test_over_the_limit_nobody_comes_in_not_even_the_invited(stack: Stack) -> None:
    team = await new_team(stack, seats=4)
    await team.invite("ann")
    await team.add("bob")
    await stand(team, SubscriptionStatus.ACTIVE, seats=2)
    assert (await team.usage()).over == 1
    with pytest.raises(SeatLimitReached) as refused:
        await team.accept("ann")
    assert refused.value.resolutions == (), "what is paid is not for who has not joined"
    await stand(team, SubscriptionStatus.ACTIVE, seats=3)
    await team.accept("ann")


async def test_removing_is_never_blocked_by_billing(stack: Stack) -> None:
    team = await new_team(stack, seats=3)
    ann = await team.add("ann")
    await stack.fail({"route": "*", "status": 503, "count": None})
    await stack.services.memberships.remove(ann, viewer=team.owner, actor=Actor.user(team.owner.id))
    assert (await team.usage()).available == 2


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_events SET action = 'nothing'",
        "DELETE FROM audit_events",
        "TRUNCATE audit_events",
        "DELETE FROM seats",
        "UPDATE seats SET number = 9",
        "UPDATE seats SET ended_at = NULL, ended_reason = NULL WHERE ended_at IS NOT NULL",
        "UPDATE seats SET ended_reason = 'NO_SEAT' WHERE ended_at IS NOT NULL",
    ],
)
async def test_the_records_stay_as_they_are(stack: Stack, change: str) -> None:
    team = await new_team(stack, seats=3)
    await team.add("ann")
    connection = await asyncpg.connect(stack.services.database.url)
    try:
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute(change)
    finally:
        await connection.close()


async def test_the_database_refuses_a_second_seat_for_one_member(stack: Stack) -> None:
    team = await new_team(stack)
    with pytest.raises(asyncpg.UniqueViolationError, match="uq_seats_one_open_per_member"):
        await team.rows(
            "INSERT INTO seats (organization_id, id, number, state, member_id, began_at,"
            " began_reason) SELECT organization_id, gen_random_uuid(), 7, state, member_id,"
            " began_at, began_reason FROM seats RETURNING 1"
        )


async def test_what_happened_is_told_in_order(stack: Stack) -> None:
    team = await new_team(stack, seats=3)
    ann = await team.add("ann")
    actor = Actor.user(team.owner.id, request_id="r-1")
    await stack.services.memberships.change_role(
        ann, MemberRole.ADMIN, viewer=team.owner, actor=actor
    )
    await stack.services.memberships.remove(ann, viewer=team.owner, actor=actor)
    told = [action for action in await team.actions() if action.split(".")[0] != "subscription"]
    assert told[-4:] == [
        "invitation.sent",
        "member.joined",
        "member.role_changed",
        "member.removed",
    ]
    [row] = await team.rows("SELECT request_id FROM audit_events WHERE action = 'member.removed'")
    assert row["request_id"] == "r-1"
