from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from db.enums import InvitationStatus, MemberRole, SeatBeginning, SeatEnding, SeatState
from services.actors import Actor
from services.change_planning import ChangeRequest
from services.global_ids import TenantKey
from services.people_refusals import (
    AlreadyInvited,
    AlreadyMember,
    EmailNotVerified,
    InvitationForAnotherAddress,
    InvitationNotFound,
    InvitationNotOpen,
    SeatLimitReached,
    TooManyInvitations,
)
from services.refusals import IdempotencyKeyReused, InvalidInput, NotPermitted, OrganizationNotFound
from services.seat_resolutions import AddSeats, CancelPendingChange, ChooseBiggerPlan, FreeSeat
from tests.services.team import Team, new_team
from tests.stack import Stack, running_stack, settings_for


async def test_an_invitation_reserves_a_seat_and_its_acceptance_keeps_it(stack: Stack) -> None:
    team = await new_team(stack, seats=3)
    key = await team.invite("ann")
    assert (await team.usage()).reserved == 1
    member = await team.accept("ann")
    usage = await team.usage()
    assert (usage.occupied, usage.reserved, usage.available) == (2, 0, 1)
    own, reserved, occupied = await team.ledger()
    assert (reserved.number, occupied.number) == (2, 2)
    assert reserved.invitation_key == key
    assert occupied.member_key == member
    assert reserved.ended_at == occupied.began_at
    assert reserved.ended_reason is SeatEnding.INVITATION_ACCEPTED
    assert occupied.began_reason is SeatBeginning.INVITATION_ACCEPTED
    assert (own.state, reserved.state) == (SeatState.OCCUPIED, SeatState.RESERVED)
    assert {"invitation.sent", "member.joined"} <= set(await team.actions())


async def test_on_the_free_plan_only_a_bigger_plan_helps(stack: Stack) -> None:
    team = await new_team(stack)
    with pytest.raises(SeatLimitReached) as refused:
        await team.invite("ann")
    assert (refused.value.limit, refused.value.occupied, refused.value.reserved) == (1, 1, 0)
    [bigger] = refused.value.resolutions
    assert isinstance(bigger, ChooseBiggerPlan)
    assert bigger.plan.code == "PRO"
    assert await team.rows("SELECT 1 FROM mails") == []


async def test_a_full_organization_learns_what_one_more_costs(stack: Stack) -> None:
    team = await new_team(stack, seats=2)
    await team.invite("ann")
    with pytest.raises(SeatLimitReached) as refused:
        await team.invite("bob")
    more, bigger, free = refused.value.resolutions
    assert isinstance(more, AddSeats)
    assert (more.seats, more.price.unit_amount, more.price.currency) == (3, 2500, "usd")
    assert isinstance(bigger, ChooseBiggerPlan)
    assert isinstance(free, FreeSeat)
    assert (free.occupied, free.reserved) == (1, 1)
    assert "$25.00" in refused.value.message


async def test_an_expired_invitation_reserves_nothing(stack: Stack) -> None:
    team = await new_team(stack, seats=2)
    await team.invite("ann")
    token = await team.token("ann")
    await stack.services.clock.advance(stack.services.database, timedelta(days=7, seconds=1))
    assert (await team.usage()).available == 1
    [seen] = [await stack.services.invitation_reads.get_by_token(token)]
    assert seen is not None
    assert seen.status is InvitationStatus.EXPIRED
    with pytest.raises(InvitationNotOpen) as refused:
        await team.accept("ann", token=token)
    assert refused.value.status is InvitationStatus.EXPIRED
    await team.invite("bob")
    _, reserved, again = await team.ledger()
    assert reserved.ended_reason is SeatEnding.INVITATION_EXPIRED
    assert reserved.ended_at == seen.expires_at
    assert again.number == 2
    assert (await team.actions()).count("invitation.expired") == 1


async def test_an_expiry_is_written_down_also_by_who_only_leaves(stack: Stack) -> None:
    team = await new_team(stack, seats=3)
    await team.add("ann")
    await team.invite("bob")
    await stack.services.clock.advance(stack.services.database, timedelta(days=8))
    ann = await stack.user("ann")
    await stack.services.memberships.leave(team.organization, viewer=ann, actor=Actor.user(ann.id))
    [expired] = await team.rows("SELECT at FROM audit_events WHERE action = 'invitation.expired'")
    [invitation] = await team.rows(
        "SELECT status, expires_at, closed_at FROM invitations ORDER BY id DESC LIMIT 1"
    )
    assert invitation["status"] == InvitationStatus.EXPIRED
    assert expired["at"] == invitation["closed_at"] == invitation["expires_at"]


async def test_sending_again_kills_the_old_token_and_keeps_the_seat(stack: Stack) -> None:
    team = await new_team(stack, seats=2)
    key = await team.invite("ann")
    old = await team.token("ann")
    await stack.services.invitations.resend(key, viewer=team.owner, actor=Actor.user(team.owner.id))
    assert await team.token("ann") != old
    with pytest.raises(InvitationNotFound):
        await team.accept("ann", token=old)
    assert await stack.services.invitation_reads.get_by_token(old) is None
    await team.accept("ann")
    assert [entry.number for entry in await team.ledger()] == [1, 2, 2, 2]


async def test_an_expired_one_sent_again_needs_a_seat(stack: Stack) -> None:
    team = await new_team(stack, seats=2)
    key = await team.invite("ann")
    await stack.services.clock.advance(stack.services.database, timedelta(days=8))
    other = await team.invite("bob")
    actor = Actor.user(team.owner.id)
    with pytest.raises(SeatLimitReached):
        await stack.services.invitations.resend(key, viewer=team.owner, actor=actor)
    await stack.services.invitations.cancel(other, viewer=team.owner, actor=actor)
    await stack.services.invitations.resend(key, viewer=team.owner, actor=actor)
    assert (await team.usage()).reserved == 1
    await team.accept("ann")


async def test_an_expired_one_is_not_sent_again_to_who_was_invited_anew_or_has_joined(
    stack: Stack,
) -> None:
    team = await new_team(stack, seats=4)
    key, actor = await team.invite("ann"), Actor.user(team.owner.id)
    await stack.services.clock.advance(stack.services.database, timedelta(days=8))
    await team.invite("ann")
    with pytest.raises(AlreadyInvited):
        await stack.services.invitations.resend(key, viewer=team.owner, actor=actor)
    await team.accept("ann")
    with pytest.raises(AlreadyMember):
        await stack.services.invitations.resend(key, viewer=team.owner, actor=actor)


async def test_cancelling_frees_the_seat_at_once(stack: Stack) -> None:
    team = await new_team(stack, seats=2)
    key = await team.invite("ann")
    token = await team.token("ann")
    actor = Actor.user(team.owner.id)
    await stack.services.invitations.cancel(key, viewer=team.owner, actor=actor)
    assert (await team.usage()).available == 1
    with pytest.raises(InvitationNotOpen) as refused:
        await team.accept("ann", token=token)
    assert refused.value.status is InvitationStatus.CANCELLED
    for act in (stack.services.invitations.cancel, stack.services.invitations.resend):
        with pytest.raises(InvitationNotOpen):
            await act(key, viewer=team.owner, actor=actor)


async def test_declining_frees_the_seat_at_once(stack: Stack) -> None:
    team = await new_team(stack, seats=2)
    key = await team.invite("ann")
    token = await team.token("ann")
    answers, ann = stack.services.invitation_answers, await team.person("ann")
    assert await answers.decline(token, person=ann) == key
    assert (await team.usage()).available == 1
    assert (await team.ledger())[-1].ended_reason is SeatEnding.INVITATION_DECLINED
    with pytest.raises(InvitationNotOpen) as refused:
        await answers.accept(token, person=ann)
    assert refused.value.status is InvitationStatus.DECLINED
    actor = Actor.user(team.owner.id)
    with pytest.raises(InvitationNotOpen):
        await stack.services.invitations.resend(key, viewer=team.owner, actor=actor)


async def test_a_token_is_good_once(stack: Stack) -> None:
    team = await new_team(stack, seats=3)
    key, actor = await team.invite("ann"), Actor.user(team.owner.id)
    token = await team.token("ann")
    await team.accept("ann", token=token)
    with pytest.raises(InvitationNotOpen) as refused:
        await team.accept("ann", token=token)
    assert refused.value.status is InvitationStatus.ACCEPTED
    for act in (stack.services.invitations.cancel, stack.services.invitations.resend):
        with pytest.raises(InvitationNotOpen):
            await act(key, viewer=team.owner, actor=actor)


async def test_only_the_invited_and_verified_person_answers(stack: Stack) -> None:
    team = await new_team(stack, seats=3)
    await team.invite("ann")
    token = await team.token("ann")
    answers = stack.services.invitation_answers
    with pytest.raises(EmailNotVerified):
        await answers.accept(token, person=await team.person("ann", verified=False))
    with pytest.raises(InvitationForAnotherAddress) as refused:
        await answers.accept(token, person=await team.person("bob"))
    assert refused.value.email == "ann@example.com"
    with pytest.raises(InvitationForAnotherAddress):
        await answers.decline(token, person=await team.person("bob"))
    await team.accept("ann")


@pytest.mark.parametrize("token", ["", "x", "é", "\0", "A" * 43, "A" * 100_000, "\ud800"])
async def test_a_wrong_token_opens_nothing(stack: Stack, token: str) -> None:
    team = await new_team(stack)
    with pytest.raises(InvitationNotFound):
        await stack.services.invitation_answers.accept(token, person=await team.person("ann"))
    assert await stack.services.invitation_reads.get_by_token(token) is None


@pytest.mark.parametrize("address", ["ann@example.com", " ANN@EXAMPLE.COM", "\uff41nn@example.com"])
async def test_an_address_is_invited_once_however_it_is_written(stack: Stack, address: str) -> None:
    team = await new_team(stack, seats=3)
    first = await team.invite("ann")
    with pytest.raises(AlreadyInvited) as refused:
        await stack.services.invitations.invite(
            team.organization,
            email=address,
            role=MemberRole.COLLABORATOR,
            viewer=team.owner,
            actor=Actor.user(team.owner.id),
        )
    assert refused.value.invitation_key == first


async def test_a_member_is_not_invited(stack: Stack) -> None:
    team = await new_team(stack, seats=3)
    ann = await team.add("ann")
    with pytest.raises(AlreadyMember) as refused:
        await team.invite("ANN")
    assert refused.value.member_key == ann
    await stack.services.memberships.deactivate(
        ann, viewer=team.owner, actor=Actor.user(team.owner.id)
    )
    with pytest.raises(AlreadyMember):
        await team.invite("ann")


async def test_who_joined_otherwise_does_not_join_twice(stack: Stack) -> None:
    team = await new_team(stack, seats=4)
    await team.invite("ann")
    await stack.join(team.organization, "ann", MemberRole.COLLABORATOR)
    with pytest.raises(AlreadyMember):
        await team.accept("ann")


@pytest.mark.parametrize(
    "address", ["", "ann", "@example.com", "ann@", "a b@example.com", "ann@exa mple.com",
                "ann@example.com\nBcc: x@example.com", "x" * 300 + "@example.com"],
)  # fmt: skip
async def test_a_malformed_address_is_named(stack: Stack, address: str) -> None:
    team = await new_team(stack)
    with pytest.raises(InvalidInput) as refused:
        await stack.services.invitations.invite(
            team.organization,
            email=address,
            role=MemberRole.COLLABORATOR,
            viewer=team.owner,
            actor=Actor.user(team.owner.id),
        )
    assert refused.value.field == "email"


async def test_nobody_is_invited_as_owner_and_only_the_owner_invites_admins(stack: Stack) -> None:
    team = await new_team(stack, seats=5)
    with pytest.raises(InvalidInput) as refused:
        await team.invite("ann", MemberRole.OWNER)
    assert refused.value.field == "role"
    admin = await stack.join(team.organization, "admin", MemberRole.ADMIN)
    with pytest.raises(NotPermitted) as not_permitted:
        await team.invite("ann", MemberRole.ADMIN, by=admin)
    assert not_permitted.value.roles == (MemberRole.OWNER,)
    await team.invite("ann", by=admin)
    boss = await team.invite("bob", MemberRole.ADMIN)
    with pytest.raises(NotPermitted):
        await stack.services.invitations.cancel(boss, viewer=admin, actor=Actor.user(admin.id))


async def test_invitations_of_an_hour_are_bounded(
    database_url: str, sandbox_process: str, tmp_path: Path
) -> None:
    settings = settings_for(database_url, sandbox_process, tmp_path, invitations_per_hour=2)
    async with running_stack(settings) as stack:
        team = await new_team(stack, seats=5)
        first = await team.invite("ann")
        await stack.services.invitations.resend(
            first, viewer=team.owner, actor=Actor.user(team.owner.id)
        )
        with pytest.raises(TooManyInvitations) as refused:
            await team.invite("bob")
    assert refused.value.limit == 2
    assert 3500 < refused.value.retry_after_seconds <= 3600


async def test_the_same_key_gives_the_same_invitation(stack: Stack) -> None:
    team = await new_team(stack, seats=3)
    first = await team.invite("ann", key="k")
    assert await team.invite("ann", key="k") == first
    with pytest.raises(IdempotencyKeyReused):
        await team.invite("bob", key="k")
    assert len(await team.rows("SELECT 1 FROM mails")) == 1
    token, person = await team.token("ann"), await team.person("ann")
    answers = stack.services.invitation_answers
    joined = await answers.accept(token, person=person, idempotency_key="k")
    assert await answers.accept(token, person=person, idempotency_key="k") == joined


async def test_under_the_same_key_one_is_sent_again_taken_back_and_declined_once(
    stack: Stack,
) -> None:
    team = await new_team(stack, seats=3)
    ann, _ = await team.invite("ann"), await team.invite("bob")
    who: dict[str, Any] = {"viewer": team.owner, "actor": Actor.user(team.owner.id)}
    who["idempotency_key"] = "k"
    token, person = await team.token("bob"), await team.person("bob")
    for _ in range(2):
        await stack.services.invitations.resend(ann, **who)
    for _ in range(2):
        await stack.services.invitations.cancel(ann, **who)
        await stack.services.invitation_answers.decline(token, person=person, idempotency_key="k")
    assert len(await team.rows("SELECT 1 FROM mails")) == 3
    assert (await team.usage()).reserved == 0


async def test_strangers_and_other_organizations_find_nothing(stack: Stack) -> None:
    team = await new_team(stack, seats=3)
    key = await team.invite("ann")
    stranger = await stack.user("stranger")
    other = await stack.organization(stranger, "other")
    actor = Actor.user(stranger.id)
    cancel = stack.services.invitations.cancel
    with pytest.raises(OrganizationNotFound):
        await cancel(key, viewer=stranger, actor=actor)
    with pytest.raises(InvitationNotFound):
        await cancel(TenantKey(other, key.id), viewer=stranger, actor=actor)
    with pytest.raises(OrganizationNotFound):
        await team.invite("bob", by=stranger)


async def test_only_the_hash_of_a_token_is_kept_and_the_mail_is_one_per_sending(
    stack: Stack,
) -> None:
    team = await new_team(stack, seats=3)
    await team.invite("ann")
    token = await team.token("ann")
    [[stored]] = await team.rows("SELECT token_hash FROM invitations")
    assert len(token) == 43
    assert stored != token
    assert len(stored) == 64
    [[jobs]] = await team.rows("SELECT count(*) FROM jobs.pgqueuer WHERE entrypoint = 'send_mail'")
    assert jobs == 1


async def test_with_a_pending_reduction_its_seats_count_already(stack: Stack) -> None:
    team = await new_team(stack, seats=3)
    await schedule_seats(team, 2)
    await team.invite("ann")
    with pytest.raises(SeatLimitReached) as refused:
        await team.invite("bob")
    assert (refused.value.limit, refused.value.reserved) == (2, 1)
    first = refused.value.resolutions[0]
    assert isinstance(first, CancelPendingChange)
    assert first.pending_change.seats == 2


async def schedule_seats(team: Team, seats: int) -> None:
    """Have fewer seats from the next period on."""
    request = ChangeRequest(plan=None, interval=None, seats=seats)
    await team.stack.services.plan_changes.change(
        team.organization, request, viewer=team.owner, actor=Actor.user(team.owner.id)
    )
