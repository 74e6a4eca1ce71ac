"""The return after an expiry: who comes back, who does not, and invitations (B3, B4, S5)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from db.enums import (
    BillingInterval,
    DeactivationReason,
    InvitationStatus,
    MemberRole,
    SeatBeginning,
    SeatEnding,
)
from services.access import AccessState
from services.actors import Actor
from services.change_planning import ChangeRequest
from services.invitation_reads import InvitationListRequest
from services.pages import PageRequest
from services.people_refusals import InvitationNotOpen, SeatLimitReached
from services.views import InvitationView
from tests.services.lapsing import DAY, GRACE, LapsingTeam, lapsing_team
from tests.stack import Stack

EXPIRED = DeactivationReason.SUBSCRIPTION_EXPIRED
NO_SEAT = DeactivationReason.NO_SEAT
BY_ADMIN = DeactivationReason.BY_ADMIN


async def invitations(team: LapsingTeam) -> dict[str, InvitationView]:
    request = InvitationListRequest(PageRequest(100))
    [page] = await team.stack.services.invitation_reads.list_for_each([team.organization], request)
    return {one.email.partition("@")[0]: one for one in page.nodes}


async def reserved_for(team: LapsingTeam) -> set[str]:
    """Whose invitations keep a seat now."""
    rows = await team.rows(
        "SELECT i.email FROM seats s JOIN invitations i ON i.id = s.invitation_id"
        " WHERE s.ended_at IS NULL",
    )
    return {row[0].partition("@")[0] for row in rows}


async def test_the_same_people_are_back_with_the_same_roles(stack: Stack) -> None:
    team = await lapsing_team(stack)
    roles = {name: member.role for name, member in (await team.members()).items()}
    await team.deactivate()
    await team.renew(seats=4)
    assert (await team.access()).state is AccessState.ACTIVE
    assert set((await team.states()).values()) == {None}
    assert {name: one.role for name, one in (await team.members()).items()} == roles
    back = [one for one in await team.ledger() if one.ended_at is None and one.number > 1]
    assert [one.number for one in back] == [2, 3, 4]
    assert {one.began_reason for one in back} == {SeatBeginning.SUBSCRIPTION_RENEWED}
    assert (await team.actions()).count("organization.restored") == 1
    await stack.services.sync.sync(team.organization)
    assert (await team.actions()).count("organization.restored") == 1


async def test_with_fewer_seats_admins_come_before_those_who_joined_earlier(stack: Stack) -> None:
    team = await lapsing_team(stack)
    await team.deactivate()
    locked_out_at = (await team.members())["c2"].deactivated_at
    await team.renew(seats=3)
    assert await team.states() == {"owner": None, "admin": None, "c1": None, "c2": NO_SEAT}
    assert (await team.members())["c2"].deactivated_at == locked_out_at
    usage = await team.usage()
    assert (usage.limit, usage.occupied, usage.over) == (3, 3, 0)


async def test_a_chosen_one_is_brought_back_when_a_seat_is_free(stack: Stack) -> None:
    team = await lapsing_team(stack)
    await team.deactivate()
    await team.renew(seats=3)
    members = await team.members()
    memberships, actor = stack.services.memberships, Actor.user(team.owner.id)
    with pytest.raises(SeatLimitReached):
        await memberships.reactivate(team.key(members["c2"]), viewer=team.owner, actor=actor)
    await memberships.deactivate(team.key(members["c1"]), viewer=team.owner, actor=actor)
    await memberships.reactivate(team.key(members["c2"]), viewer=team.owner, actor=actor)
    assert await team.states() == {"owner": None, "admin": None, "c1": BY_ADMIN, "c2": None}


async def test_a_later_renewal_does_not_bring_back_who_had_no_seat(stack: Stack) -> None:
    team = await lapsing_team(stack)
    await team.deactivate()
    await team.renew(seats=3)
    await team.deactivate()
    await team.renew(seats=5)
    assert await team.states() == {"owner": None, "admin": None, "c1": None, "c2": NO_SEAT}


async def test_expiring_twice_restores_twice(stack: Stack) -> None:
    team = await lapsing_team(stack)
    for _ in range(2):
        await team.deactivate()
        assert set((await team.states()).values()) == {None, EXPIRED}
        await team.renew(seats=4)
        assert set((await team.states()).values()) == {None}
    actions = await team.actions()
    assert actions.count("organization.deactivated") == 2
    assert actions.count("organization.restored") == 2


async def test_any_plan_will_do(stack: Stack) -> None:
    team = await lapsing_team(stack)
    await team.deactivate()
    await team.renew(plan="BUSINESS", seats=5, interval=BillingInterval.ANNUAL)
    assert set((await team.states()).values()) == {None}


async def test_who_was_locked_out_or_removed_stays_so(stack: Stack) -> None:
    team = await lapsing_team(stack, seats=6, people=4)
    actor = Actor.user(team.owner.id)
    memberships = stack.services.memberships
    members = await team.members()
    await memberships.deactivate(team.key(members["c1"]), viewer=team.owner, actor=actor)
    await team.deactivate()
    await memberships.deactivate(team.key(members["c2"]), viewer=team.owner, actor=actor)
    await memberships.remove(team.key(members["c3"]), viewer=team.owner, actor=actor)
    await team.renew(seats=6)
    assert await team.states() == {"owner": None, "admin": None, "c1": BY_ADMIN, "c2": BY_ADMIN}


async def test_a_role_given_during_the_expiry_is_kept(stack: Stack) -> None:
    team = await lapsing_team(stack)
    await team.deactivate()
    key = team.key((await team.members())["c2"])
    await stack.services.memberships.change_role(
        key,
        MemberRole.ADMIN,
        viewer=team.owner,
        actor=Actor.user(team.owner.id),
    )
    await team.renew(seats=3)
    assert await team.states() == {"owner": None, "c2": None, "admin": None, "c1": NO_SEAT}


async def test_frozen_invitations_come_back_oldest_first(stack: Stack) -> None:
    team = await lapsing_team(stack, seats=7)
    sent = ("first", "second", "third")
    for name in sent:
        await team.invite(name)
    expiries = {name: one.expires_at for name, one in (await invitations(team)).items()}
    await team.end()
    frozen = [
        one for one in await team.ledger() if one.ended_reason is SeatEnding.INVITATION_FROZEN
    ]
    assert len(frozen) == 3
    assert await reserved_for(team) == set()
    still_open = await invitations(team)
    assert {still_open[name].status for name in sent} == {InvitationStatus.PENDING}
    await team.renew(seats=6)
    assert await reserved_for(team) == {"first", "second"}
    assert {name: one.expires_at for name, one in (await invitations(team)).items()} == expiries
    await team.accept("first")
    with pytest.raises(SeatLimitReached):
        await team.accept("third")


async def test_too_few_seats_at_stripe_reserve_nothing_and_throw_nobody_out(stack: Stack) -> None:
    """Somebody renews in Stripe's dashboard, in the grace time, for fewer than there are (S5)."""
    team = await lapsing_team(stack, seats=7)
    for name in ("first", "second", "third"):
        await team.invite(name)
    ended = await team.living()
    await team.end()
    form = {
        "customer": ended["customer"],
        "default_payment_method": ended["default_payment_method"],
        "items[0][price]": ended["items"]["data"][0]["price"]["id"],
        "items[0][quantity]": "2",
        "metadata[organization_id]": str(team.organization),
    }
    await stack.stripe("POST", "/v1/subscriptions", **form)
    await stack.services.sync.sync(team.organization)
    usage = await team.usage()
    assert (usage.limit, usage.occupied, usage.reserved, usage.over) == (2, 4, 0, 2)
    assert set((await team.states()).values()) == {None}


async def test_members_come_before_invitations(stack: Stack) -> None:
    team = await lapsing_team(stack)
    await team.invite("guest")
    await team.deactivate()
    await team.renew(seats=4)
    assert set((await team.states()).values()) == {None}
    assert await reserved_for(team) == set()


async def test_an_invitation_that_ran_out_in_the_meantime_stays_out(stack: Stack) -> None:
    team = await lapsing_team(stack)
    await team.invite("guest")
    await team.end()
    await team.pass_time(8 * DAY)
    await team.renew(seats=5)
    assert (await invitations(team))["guest"].status is InvitationStatus.EXPIRED
    assert await reserved_for(team) == set()
    with pytest.raises(InvitationNotOpen):
        await team.accept("guest")


async def test_a_scheduled_cancellation_ends_like_any_other(stack: Stack) -> None:
    team = await lapsing_team(stack)
    await stack.services.cancellations.cancel(
        team.organization,
        viewer=team.owner,
        actor=Actor.user(team.owner.id),
    )
    await team.pass_time(timedelta(days=32))
    assert (await team.access()).state is not AccessState.ACTIVE
    await team.pass_time(GRACE + DAY)
    assert (await team.access()).state is AccessState.DEACTIVATED
    await team.renew(seats=4)
    assert set((await team.states()).values()) == {None}


async def test_a_pending_reduction_ends_with_the_subscription(stack: Stack) -> None:
    team = await lapsing_team(stack)
    keep = (await team.members())["c2"].id
    await stack.services.plan_changes.change(
        team.organization,
        ChangeRequest(seats=2, keep=(keep,)),
        quote_id=None,
        viewer=team.owner,
        actor=Actor.user(team.owner.id),
    )
    await team.deactivate()
    await team.renew(seats=4)
    assert set((await team.states()).values()) == {None}
    await team.pass_time(timedelta(days=32))
    assert set((await team.states()).values()) == {None}


async def test_an_old_invoice_that_is_paid_brings_them_back(stack: Stack) -> None:
    team = await lapsing_team(stack)
    await team.invite("guest")
    await team.stop_paying(then="unpaid")
    await team.pass_time(20 * DAY)
    assert set((await team.states()).values()) == {None, EXPIRED}
    await team.pay_open_invoice()
    assert set((await team.states()).values()) == {None}


@contextmanager
def updates_of_members(stack: Stack) -> Iterator[list[str]]:
    """The statements that change members; what SQLAlchemy sends row by row is one for each."""
    sent: list[str] = []

    def tell(_: Any, __: Any, sql: str, parameters: Any, ___: Any, many: Any) -> None:
        if sql.startswith("UPDATE members"):
            sent.extend([sql] * (len(parameters) if many else 1))

    engine = stack.services.database._writes._engine.sync_engine
    event.listen(engine, "before_cursor_execute", tell)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", tell)


async def test_many_are_restored_by_as_many_statements_as_few(stack: Stack) -> None:
    """Whom seats do not reach included: the organization's row is locked meanwhile."""
    team = await lapsing_team(stack)
    counts = []
    for more in (0, 6):
        for number in range(more):
            await stack.join(team.organization, f"d{number}", MemberRole.COLLABORATOR)
        await team.deactivate()
        with updates_of_members(stack) as updates:
            await team.renew(seats=3)
        counts.append(len(updates))
    left_out = [reason for reason in (await team.states()).values() if reason is NO_SEAT]
    assert len(left_out) > 5
    assert counts == [2, 2]
