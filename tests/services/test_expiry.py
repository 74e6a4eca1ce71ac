"""The end of a subscription, the grace time and the deactivation (B2-B4, P4, P5)."""

from datetime import timedelta

import pytest

from db.enums import DeactivationReason, SeatEnding, SubscriptionStatus
from services.access import AccessState
from services.actors import Actor
from services.change_refusals import PaymentRequired
from services.people_refusals import SeatLimitReached, SubscriptionExpired
from services.plan_choices import PlanChoice
from services.refusals import SeatsBelowUsage
from services.upcoming_events import UpcomingEventKind, upcoming_events
from tests.services.buying import PRO, look, select
from tests.services.lapsing import DAY, GRACE, LapsingTeam, lapsing_team
from tests.stack import Stack

EXPIRED = DeactivationReason.SUBSCRIPTION_EXPIRED


async def test_in_the_grace_time_everybody_works_and_nobody_joins(stack: Stack) -> None:
    team = await lapsing_team(stack)
    await team.invite("guest")
    await team.end()
    access = await team.access()
    assert access.state is AccessState.GRACE
    seen = (await look(stack, team.owner, team.organization)).subscription
    assert seen is not None
    assert seen.ended_at is not None
    assert access.deactivates_at == seen.ended_at + GRACE
    assert set((await team.states()).values()) == {None}
    with pytest.raises(SubscriptionExpired):
        await team.accept("guest")
    with pytest.raises(SeatLimitReached):
        await team.invite("somebody")
    usage = await team.usage()
    assert (usage.occupied, usage.reserved) == (4, 0)


async def test_after_it_all_but_the_owner_are_deactivated(stack: Stack) -> None:
    team = await lapsing_team(stack)
    await team.end()
    await team.pass_time(GRACE - timedelta(hours=1))
    assert (await team.access()).state is AccessState.GRACE
    await team.pass_time(timedelta(hours=2))
    access = await team.access()
    assert access.state is AccessState.DEACTIVATED
    assert await team.states() == {"owner": None, "c1": EXPIRED, "c2": EXPIRED, "admin": EXPIRED}
    members = await team.members()
    assert members["c1"].deactivated_at == access.deactivated_at
    assert (await team.usage()).occupied == 1
    ended = [one for one in await team.ledger() if one.ended_reason is not None]
    reasons = [one.ended_reason for one in ended if one.member_key]
    assert reasons == [SeatEnding.SUBSCRIPTION_EXPIRED] * 3
    assert (await team.actions()).count("organization.deactivated") == 1


async def test_a_second_sweep_does_nothing(stack: Stack) -> None:
    team = await lapsing_team(stack)
    await team.deactivate()
    before = await team.rows("SELECT xmin::text FROM members ORDER BY id")
    swept = await stack.services.expiry.sweep()
    assert (swept.organizations, swept.people, swept.warned) == (0, 0, 0)
    assert await team.rows("SELECT xmin::text FROM members ORDER BY id") == before


async def test_what_would_be_done_is_listed_and_not_done(stack: Stack) -> None:
    team = await lapsing_team(stack, people=4)
    gone, actor = (await team.members())["c3"], Actor.user(team.owner.id)
    await stack.services.memberships.remove(team.key(gone), viewer=team.owner, actor=actor)
    await team.end()
    await stack.services.clock.advance(stack.services.database, GRACE + DAY)
    [due] = [one async for one in stack.services.expiry.list_due()]
    assert (due.name, due.people) == ("acme", 3)
    assert due.deactivates_at == due.ended_at + GRACE
    assert await stack.services.expiry.count_due() == 1
    assert (await team.access()).state is AccessState.GRACE


async def test_the_owner_keeps_billing(stack: Stack) -> None:
    team = await lapsing_team(stack)
    await team.deactivate()
    seen = await look(stack, team.owner, team.organization)
    assert seen.subscription is not None
    assert seen.subscription.status is SubscriptionStatus.CANCELED
    assert seen.plan.code == "FREE"
    assert (await select(stack, team.owner, team.organization)).url is not None


async def test_an_unpaid_subscription_ends_when_it_is_seen(stack: Stack) -> None:
    team = await lapsing_team(stack)
    await team.stop_paying(then="unpaid")
    seen = (await look(stack, team.owner, team.organization)).subscription
    assert seen is not None
    assert seen.status is SubscriptionStatus.UNPAID
    access = await team.access()
    assert access.state is AccessState.GRACE
    assert seen.ended_at is not None
    assert access.deactivates_at == seen.ended_at + GRACE
    await team.pass_time(GRACE + DAY)
    assert (await team.access()).state is AccessState.DEACTIVATED
    await team.pay_open_invoice()
    assert (await team.access()).state is AccessState.ACTIVE
    assert set((await team.states()).values()) == {None}


async def test_past_due_keeps_everybody_and_lets_nobody_new_in(stack: Stack) -> None:
    team = await lapsing_team(stack, seats=7)
    await team.stop_paying(then="past_due")
    seen = (await look(stack, team.owner, team.organization)).subscription
    assert seen is not None
    assert seen.status is SubscriptionStatus.PAST_DUE
    assert seen.payment_issue is not None
    assert seen.payment_issue.pay_url.startswith("http")
    assert (await team.access()).state is AccessState.ACTIVE
    assert set((await team.states()).values()) == {None}
    with pytest.raises(PaymentRequired):
        await team.invite("somebody")


async def test_renewal_in_the_grace_time_with_too_few_seats_is_refused(stack: Stack) -> None:
    team = await lapsing_team(stack)
    await team.end()
    few = PlanChoice("PRO", PRO.interval, 3, None, None)
    with pytest.raises(SeatsBelowUsage) as refused:
        await select(stack, team.owner, team.organization, few)
    assert (refused.value.seats, refused.value.occupied, refused.value.reserved) == (3, 4, 0)


async def test_renewal_in_the_grace_time_leaves_no_trace(stack: Stack) -> None:
    team = await lapsing_team(stack)
    before = await team.ledger()
    await team.end()
    await team.renew(seats=4)
    await team.pass_time(GRACE + DAY)
    assert (await team.access()).state is AccessState.ACTIVE
    assert set((await team.states()).values()) == {None}
    assert await team.ledger() == before


async def test_the_new_owner_stays_and_the_old_one_goes(stack: Stack) -> None:
    team = await lapsing_team(stack)
    await team.end()
    new_owner = (await team.members())["c1"]
    await stack.services.memberships.transfer_ownership(
        team.key(new_owner),
        viewer=team.owner,
        actor=Actor.user(team.owner.id),
    )
    await team.pass_time(GRACE + DAY)
    assert await team.states() == {"owner": EXPIRED, "c1": None, "c2": EXPIRED, "admin": EXPIRED}
    assert new_owner.user is not None
    team.owner = new_owner.user
    await team.renew(seats=4)
    assert set((await team.states()).values()) == {None}
    assert (await team.members())["owner"].role == "ADMIN"


async def test_a_payment_that_never_came_does_not_stop_the_expiry(stack: Stack) -> None:
    """An incomplete subscription entitles nobody, and takes no expiry away (B2)."""
    team = await lapsing_team(stack)
    await team.invite("guest")
    [old] = (await stack.stripe("GET", "/v1/subscriptions"))["data"]
    await team.use_card("4000002760003184")
    await team.end()
    form = {
        "customer": old["customer"],
        "items[0][price]": old["items"]["data"][0]["price"]["id"],
        "items[0][quantity]": "5",
        "payment_behavior": "default_incomplete",
    }
    await stack.stripe("POST", "/v1/subscriptions", **form)
    await stack.services.sync.sync(team.organization)
    seen = await look(stack, team.owner, team.organization)
    assert seen.subscription is not None
    assert seen.subscription.status is SubscriptionStatus.INCOMPLETE
    assert (await team.access()).state is AccessState.GRACE
    foreseen = upcoming_events(seen, [], now=stack.services.clock.now())
    assert [one.kind for one in foreseen] == [UpcomingEventKind.DEACTIVATION]
    with pytest.raises(SubscriptionExpired):
        await team.accept("guest")
    before = await team.access()
    [new] = (await stack.stripe("GET", "/v1/subscriptions"))["data"]
    await stack.sandbox.advance_clock(timedelta(hours=1))
    await stack.stripe("DELETE", f"/v1/subscriptions/{new['id']}")
    for _ in range(2):  # what was learned by the first is not taken for an end by the second
        await stack.services.sync.sync(team.organization)
        assert await team.access() == before, "trying to pay does not prolong the grace time"
    await team.pass_time(GRACE + DAY)
    assert (await team.access()).state is AccessState.DEACTIVATED


async def test_a_deleted_organization_is_passed_over(stack: Stack) -> None:
    team = await lapsing_team(stack)
    await team.end()
    await stack.services.organization_deletion.delete(
        team.organization, name="acme", viewer=team.owner, actor=Actor.user(team.owner.id)
    )
    await stack.services.clock.advance(stack.services.database, GRACE + DAY)
    assert [one async for one in stack.services.expiry.list_due()] == []
    await stack.services.expiry.sweep()
    assert await stack.services.expiry.count_due() == 0
    assert "organization.deactivated" not in await team.actions()


async def test_an_end_that_is_learned_of_late_is_swept_at_once(stack: Stack) -> None:
    team = await lapsing_team(stack)
    await stack.stripe("DELETE", f"/v1/subscriptions/{(await team.living())['id']}")
    await stack.sandbox.advance_clock(GRACE + DAY)
    await stack.services.clock.advance(stack.services.database, GRACE + DAY)
    await stack.services.expiry.sweep()
    assert set((await team.states()).values()) == {None}, "we know nothing of it yet"
    await stack.services.sync.sync(team.organization)
    await stack.services.expiry.sweep()
    assert (await team.access()).state is AccessState.DEACTIVATED


async def test_what_ran_out_before_an_end_was_learned_of_ended_in_its_own_time(
    stack: Stack,
) -> None:
    team = await lapsing_team(stack, seats=8)

    async def wait(by: timedelta) -> None:
        await stack.sandbox.advance_clock(by)
        await stack.services.clock.advance(stack.services.database, by)

    await team.invite("before")
    await wait(4 * DAY)
    await team.invite("after")
    await wait(4 * DAY)
    await stack.stripe("DELETE", f"/v1/subscriptions/{(await team.living())['id']}")
    await wait(4 * DAY)
    await stack.services.sync.sync(team.organization)
    [ended] = await team.rows("SELECT ended_at FROM subscriptions")
    reserved = await team.rows(
        "SELECT i.email, i.status, i.expires_at, s.ended_at, s.ended_reason FROM seats s"
        " JOIN invitations i ON i.id = s.invitation_id"
        " WHERE i.email LIKE 'before@%' OR i.email LIKE 'after@%' ORDER BY i.id"
    )
    assert [(row["status"], row["ended_at"], row["ended_reason"]) for row in reserved] == [
        ("EXPIRED", reserved[0]["expires_at"], SeatEnding.INVITATION_EXPIRED),
        ("EXPIRED", ended["ended_at"], SeatEnding.INVITATION_FROZEN),
    ]
    assert (await team.actions()).count("invitation.expired") == len(reserved)


async def test_the_free_plan_never_expires(stack: Stack) -> None:
    owner = await stack.user("owner")
    team = LapsingTeam(stack, owner, await stack.organization(owner))
    await team.stack.services.clock.advance(stack.services.database, 400 * DAY)
    await team.stack.services.expiry.sweep()
    access = await team.access()
    assert (access.state, access.deactivates_at) == (AccessState.ACTIVE, None)
