"""What the audit log keeps is read by clients: in the words, ids and forms of the contract (C5)."""

import re
from collections.abc import Iterator
from typing import Any

import orjson

from db.enums import MemberRole
from services.actors import Actor
from services.change_planning import ChangeRequest
from services.global_ids import decode
from tests.services.lapsing import LapsingTeam, lapsing_team
from tests.stack import Stack

UUID_TEXT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-", re.IGNORECASE)
ACTION = re.compile(r"[a-z]+\.[a-z]+(_[a-z]+)*")
NAME = re.compile(r"[a-z][A-Za-z]*")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
TYPES = {
    "priceId": "Price",
    "ownerId": "Member",
    "invitationId": "Invitation",
    "losingSeat": "Member",
    "deactivatedMemberIds": "Member",
    "restoredMemberIds": "Member",
    "membersWithoutSeatIds": "Member",
}
"""What is found under a name that tells of an object."""
MOMENTS = {"expiresAt", "effectiveAt", "currentPeriodEnd"}


async def everything_happens(team: LapsingTeam) -> None:
    """Names, people, a smaller plan, a role, an expiry, too few seats after it, another owner."""
    services, actor = team.stack.services, Actor.user(team.owner.id)
    await services.organizations.update(
        team.organization,
        viewer=team.owner,
        actor=actor,
        wanted={"display_name": "Acme, Inc.", "billing_email": "money@example.com"},
    )
    await team.add("guest")
    keep = tuple(one.id for name, one in (await team.members()).items() if name != "guest")
    await services.plan_changes.change(
        team.organization,
        ChangeRequest(seats=4, keep=keep),
        quote_id=None,
        viewer=team.owner,
        actor=actor,
    )
    admin = team.key((await team.members())["admin"])
    role = MemberRole.COLLABORATOR
    await services.memberships.change_role(admin, role, viewer=team.owner, actor=actor)
    await team.deactivate()
    await team.renew(seats=2)
    back = next(one for one in (await team.members()).values() if one.seat and one.role != "OWNER")
    await services.memberships.transfer_ownership(team.key(back), viewer=team.owner, actor=actor)


def values_in(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Each value with its name, however deep."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from values_in(one, key)
    elif isinstance(value, list):
        for one in value:
            yield from values_in(one, name)
    else:
        yield name, value


async def test_it_speaks_as_the_contract_does(stack: Stack) -> None:
    team = await lapsing_team(stack, seats=5)
    await everything_happens(team)
    assert [action for action in await team.actions() if not ACTION.fullmatch(action)] == []
    kept = await team.rows("SELECT before, after FROM audit_events ORDER BY at, id")
    values = [
        pair for row in kept for text in row if text for pair in values_in(orjson.loads(text))
    ]
    names = {name for name, _ in values}
    assert names >= {"displayName", "billingEmail", *TYPES, *MOMENTS}
    assert [name for name in names if not NAME.fullmatch(name)] == []
    assert [pair for pair in values if UUID_TEXT.match(str(pair[1]))] == []
    for name, value in values:
        if name in TYPES:
            assert decode(value)[0] == TYPES[name], name
        if name in MOMENTS:
            assert MOMENT.fullmatch(value), name
