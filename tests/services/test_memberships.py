import json
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from db.enums import (
    DeactivationReason,
    MemberRole,
    MemberStatus,
    SeatBeginning,
    SeatEnding,
)
from services.actors import Actor
from services.global_ids import TenantKey, encode
from services.people_refusals import (
    ActingOnYourself,
    MemberNotActive,
    MemberNotFound,
    OwnerProtected,
    SeatLimitReached,
)
from services.refusals import MemberDeactivated, NotPermitted, OrganizationNotFound
from services.views import MemberView, UserView
from tests.services.team import Team, new_team
from tests.stack import Stack

ACTIONS = ("remove", "deactivate", "reactivate", "transfer_ownership")


async def act(
    team: Team, action: str, key: TenantKey, *more: Any, by: UserView | None = None
) -> None:
    viewer = by or team.owner
    method: Callable[..., Awaitable[None]] = getattr(team.stack.services.memberships, action)
    await method(key, *more, viewer=viewer, actor=Actor.user(viewer.id))


async def member(team: Team, key: TenantKey) -> MemberView:
    return (await team.stack.services.members.get_many([key]))[key]


async def test_a_role_is_changed_and_written_down(stack: Stack) -> None:
    team = await new_team(stack, seats=3)
    ann = await team.add("ann")
    await act(team, "change_role", ann, MemberRole.ADMIN)
    assert (await member(team, ann)).role is MemberRole.ADMIN
    await act(team, "change_role", ann, MemberRole.ADMIN)
    changes = await team.rows(
        "SELECT before, after FROM audit_events WHERE action = 'member.role_changed'"
    )
    assert [tuple(row) for row in changes] == [('{"role": "COLLABORATOR"}', '{"role": "ADMIN"}')]


async def test_removing_frees_the_seat_at_once_and_billing_stays(stack: Stack) -> None:
    team = await new_team(stack, seats=2)
    ann = await team.add("ann")
    assert (await team.usage()).available == 0
    await act(team, "remove", ann)
    usage = await team.usage()
    assert (usage.available, usage.purchased) == (1, 2)
    last = (await team.ledger())[-1]
    assert (last.member_key, last.ended_reason) == (ann, SeatEnding.MEMBER_REMOVED)
    assert (await member(team, ann)).removed_at is not None
    with pytest.raises(MemberNotFound):
        await act(team, "remove", ann)
    await team.add("ann")


async def test_a_deactivated_member_is_locked_out_until_there_is_a_seat(stack: Stack) -> None:
    team = await new_team(stack, seats=2)
    ann = await team.add("ann")
    await act(team, "deactivate", ann)
    seen = await member(team, ann)
    assert seen.status is MemberStatus.DEACTIVATED
    assert seen.deactivation_reason is DeactivationReason.BY_ADMIN
    assert seen.seat is None
    assert (await team.ledger())[-1].ended_reason is SeatEnding.MEMBER_DEACTIVATED
    viewer = await stack.user("ann")
    with pytest.raises(MemberDeactivated):
        await stack.services.memberships.leave(
            team.organization, viewer=viewer, actor=Actor.user(viewer.id)
        )
    bob = await team.add("bob")
    with pytest.raises(SeatLimitReached):
        await act(team, "reactivate", ann)
    await act(team, "remove", bob)
    await act(team, "reactivate", ann)
    last = (await team.ledger())[-1]
    assert (last.number, last.began_reason) == (2, SeatBeginning.MEMBER_REACTIVATED)
    await act(team, "reactivate", ann)
    assert (await team.usage()).occupied == 2


async def test_who_expired_and_is_deactivated_then_does_not_return_by_renewal(stack: Stack) -> None:
    team = await new_team(stack, seats=2)
    ann = await team.add("ann")
    await act(team, "deactivate", ann)
    async with stack.services.database.begin() as transaction:
        await transaction.session.execute(
            text(
                "UPDATE members SET deactivation_reason = 'SUBSCRIPTION_EXPIRED'"
                " WHERE role = 'COLLABORATOR'"
            )
        )
    since = (await member(team, ann)).deactivated_at
    await act(team, "deactivate", ann)
    seen = await member(team, ann)
    assert seen.deactivation_reason is DeactivationReason.BY_ADMIN
    assert seen.deactivated_at == since, "they have been away all the time"


async def test_leaving_frees_the_seat_and_the_owner_stays(stack: Stack) -> None:
    team = await new_team(stack, seats=2)
    await team.add("ann")
    ann = await stack.user("ann")
    leave = stack.services.memberships.leave
    await leave(team.organization, viewer=ann, actor=Actor.user(ann.id))
    assert (await team.ledger())[-1].ended_reason is SeatEnding.MEMBER_LEFT
    with pytest.raises(OrganizationNotFound):
        await leave(team.organization, viewer=ann, actor=Actor.user(ann.id))
    with pytest.raises(OwnerProtected):
        await leave(team.organization, viewer=team.owner, actor=Actor.user(team.owner.id))


async def test_ownership_goes_to_an_active_member_in_one_step(stack: Stack) -> None:
    team = await new_team(stack, seats=3)
    ann, bob = await team.add("ann"), await team.add("bob")
    await act(team, "deactivate", bob)
    with pytest.raises(MemberNotActive):
        await act(team, "transfer_ownership", bob)
    before = await team.rows("SELECT billing_email FROM organizations")
    await act(team, "transfer_ownership", ann)
    roles = {row[0]: row[1] for row in await team.rows("SELECT role, id FROM members")}
    assert roles["OWNER"] == ann.id
    assert roles["ADMIN"] == (await team.key_of(team.owner)).id
    assert await team.rows("SELECT billing_email FROM organizations") == before
    with pytest.raises(NotPermitted):
        await act(team, "transfer_ownership", bob)
    assert (await team.actions())[-1] == "organization.transferred"


async def test_the_audit_log_keeps_what_was_before_and_after_and_each_change_once(
    stack: Stack,
) -> None:
    team = await new_team(stack, seats=3)
    ann, bob = await team.add("ann"), await team.add("bob")
    before = len(await team.actions())
    for action in ("deactivate", "deactivate", "reactivate", "reactivate", "remove"):
        await act(team, action, ann)
    await act(team, "transfer_ownership", bob)
    viewer, owner = team.owner, await team.key_of(team.owner)
    leave = stack.services.memberships.leave
    await leave(team.organization, viewer=viewer, actor=Actor.user(viewer.id))
    rows = await team.rows(
        f"SELECT action, target_id, before, after FROM audit_events ORDER BY id OFFSET {before}"  # noqa: S608
    )
    by_admin = {"reason": "BY_ADMIN"}
    assert [(row[0], row[1], *(json.loads(one or "null") for one in row[2:])) for row in rows] == [
        ("member.deactivated", ann.id, {"reason": None}, by_admin),
        ("member.reactivated", ann.id, by_admin, None),
        ("member.removed", ann.id, {"role": "COLLABORATOR"}, None),
        (
            "organization.transferred",
            team.organization,
            {"ownerId": encode("Member", team.organization, owner.id)},
            {"ownerId": encode("Member", team.organization, bob.id)},
        ),
        ("member.left", owner.id, {"role": "ADMIN"}, None),
    ]


async def test_the_database_refuses_an_organization_without_owner(stack: Stack) -> None:
    team = await new_team(stack)
    with pytest.raises(asyncpg.RestrictViolationError, match="exactly one owner"):
        await team.rows("UPDATE members SET role = 'ADMIN' RETURNING 1")
    with pytest.raises(asyncpg.RestrictViolationError, match="exactly one owner"):
        await team.rows("UPDATE members SET removed_at = joined_at RETURNING 1")


@pytest.mark.parametrize("action", ACTIONS)
async def test_nobody_acts_on_themselves_or_on_the_owner(stack: Stack, action: str) -> None:
    team = await new_team(stack, seats=3)
    own = await team.key_of(team.owner)
    with pytest.raises(ActingOnYourself):
        await act(team, action, own)
    admin = await stack.join(team.organization, "admin", MemberRole.ADMIN)
    expected = NotPermitted if action == "transfer_ownership" else OwnerProtected
    with pytest.raises(expected):
        await act(team, action, own, by=admin)


@pytest.mark.parametrize("action", ["remove", "deactivate", "reactivate"])
async def test_only_the_owner_acts_on_an_admin(stack: Stack, action: str) -> None:
    team = await new_team(stack, seats=4)
    first = await stack.join(team.organization, "first", MemberRole.ADMIN)
    second = await team.key_of(await stack.join(team.organization, "second", MemberRole.ADMIN))
    with pytest.raises(NotPermitted) as refused:
        await act(team, action, second, by=first)
    assert refused.value.roles == (MemberRole.OWNER,)
    with pytest.raises(NotPermitted):
        await act(team, "change_role", second, MemberRole.COLLABORATOR, by=first)
    await act(team, action, second)


async def test_only_the_owner_makes_admins_and_nobody_makes_owners(stack: Stack) -> None:
    team = await new_team(stack, seats=4)
    admin = await stack.join(team.organization, "admin", MemberRole.ADMIN)
    ann = await team.add("ann")
    with pytest.raises(NotPermitted):
        await act(team, "change_role", ann, MemberRole.ADMIN, by=admin)
    with pytest.raises(OwnerProtected):
        await act(team, "change_role", ann, MemberRole.OWNER)


@pytest.mark.parametrize("action", ACTIONS)
async def test_members_of_other_organizations_are_not_found(stack: Stack, action: str) -> None:
    team = await new_team(stack, seats=3)
    ann = await team.add("ann")
    stranger = await stack.user("stranger")
    other = await stack.organization(stranger, "other")
    with pytest.raises(OrganizationNotFound):
        await act(team, action, ann, by=stranger)
    with pytest.raises(MemberNotFound):
        await act(team, action, TenantKey(other, ann.id), by=stranger)


@pytest.mark.parametrize("action", ACTIONS)
async def test_a_removed_member_cannot_act_or_be_acted_on(stack: Stack, action: str) -> None:
    team = await new_team(stack, seats=3)
    ann, bob = await team.add("ann"), await team.add("bob")
    await act(team, "remove", ann)
    with pytest.raises(MemberNotFound):
        await act(team, action, ann)
    with pytest.raises(OrganizationNotFound):
        await act(team, action, bob, by=await stack.user("ann"))
