"""Role x status x state of the organization x every mutation and guarded field, over HTTP.

What is expected comes from `docs/permissions.md`, as people read it; what is asked comes from the
schema. Neither is a list of picked cases.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from graphql import GraphQLNonNull, build_schema
from sqlalchemy import text

from db.enums import DeactivationReason, MemberRole
from schema import sdl
from schema.permission_table import FOR_OPERATORS, WITHOUT_MEMBERSHIP, markdown
from services.global_ids import encode
from services.permissions import OrganizationAction
from services.views import UserView
from tests.services.team import Team
from tests.stack import ServedStack

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "permissions.md"
CONTRACT = build_schema(sdl())
OUTSIDE = "ORGANIZATION_NOT_FOUND"
DEACTIVATED = "MEMBER_DEACTIVATED"
NOT_PERMITTED = {"NOT_PERMITTED", "OWNER_PROTECTED"}
STATES = {
    "never subscribed": (None, "NOT_SUBSCRIBED"),
    "ACTIVE": ("ALREADY_SUBSCRIBED", None),
    "PAST_DUE": ("PAYMENT_REQUIRED", None),
    "UNPAID": ("PAYMENT_REQUIRED", None),
    "CANCELED": (None, "NOT_SUBSCRIBED"),
}
"""How an organization can stand, and why its owner can then neither buy nor cancel."""
BUY_AND_CANCEL = """query ($id: ID!) { organizationById(id: $id) {
    buy: viewerCan(action: SELECT_PLAN) { allowed reason }
    cancel: viewerCan(action: CANCEL_SUBSCRIPTION) { allowed reason } } }"""
ALWAYS_SEEN = {"id", "name", "displayName", "createdAt", "viewerMembership", "viewerCan"}


@cache
def documented() -> dict[str, set[MemberRole]]:
    """Who may do what: by mutation, field and action, as the document says."""
    found: dict[str, set[MemberRole]] = {}
    for line in DOCUMENT.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and (names := re.findall(r"`(?:Organization\.)?(\w+)`", line)):
            marks = dict(zip(MemberRole, cells[2:], strict=True))
            for name in names:
                found[name] = {role for role, mark in marks.items() if mark == "yes"}
    return found


@dataclass(frozen=True)
class Somebody:
    """A user, and how they stand in the organization: None is outside."""

    email: str
    role: MemberRole | None
    deactivated: bool = False

    def expects(self, name: str) -> str:
        """`permitted`, or why not."""
        if self.role is None:
            return OUTSIDE
        if self.deactivated:
            return DEACTIVATED
        return "permitted" if self.role in documented()[name] else "not permitted"


def test_the_document_is_what_the_code_says() -> None:
    assert DOCUMENT.read_text() == markdown()


def test_every_mutation_field_and_action_is_documented() -> None:
    mutation, organization = CONTRACT.mutation_type, CONTRACT.type_map["Organization"]
    assert mutation is not None
    mutations = set(mutation.fields) - {*WITHOUT_MEMBERSHIP, *FOR_OPERATORS}
    guarded = set(organization.fields) - ALWAYS_SEEN  # type: ignore[attr-defined] # an object type
    assert set(documented()) == mutations | guarded | set(OrganizationAction)


def test_a_guarded_field_never_nulls_its_parent() -> None:
    fields = CONTRACT.type_map["Organization"].fields  # type: ignore[attr-defined] # an object type
    assert {name for name in fields if isinstance(fields[name].type, GraphQLNonNull)} == ALWAYS_SEEN


async def people_of(team: Team) -> list[Somebody]:
    """Everybody there can be: each role, active and locked out for each reason, and outsiders."""
    people = [Somebody("owner@example.com", MemberRole.OWNER)]
    for role in (MemberRole.ADMIN, MemberRole.COLLABORATOR):
        name = role.lower()
        await team.stack.join(team.organization, name, role)
        people.append(Somebody(f"{name}@example.com", role))
        for reason in DeactivationReason:
            locked_out = await team.stack.join(team.organization, f"{name}.{reason}", role)
            await deactivate(team, locked_out, reason)
            people.append(Somebody(f"{name}.{reason}@example.com", role, deactivated=True))
        removed = await team.stack.join(team.organization, f"removed.{name}", role)
        await run(team, f"UPDATE members SET removed_at = joined_at WHERE user_id = '{removed.id}'")  # noqa: S608 # ours
        people.append(Somebody(f"removed.{name}@example.com", None))
    return [*people, Somebody("stranger@example.com", None)]


async def run(team: Team, sql: str) -> None:
    async with team.stack.services.database.begin() as transaction:
        await transaction.session.execute(text(sql))


async def deactivate(team: Team, user: UserView, reason: DeactivationReason) -> None:
    await run(
        team,
        "UPDATE members SET status = 'DEACTIVATED', deactivated_at = joined_at,"  # noqa: S608 # ours
        f" deactivation_reason = '{reason}' WHERE user_id = '{user.id}'",
    )


def inputs(organization: UUID) -> dict[str, dict[str, Any]]:
    """For each mutation an input that asks for permission, and changes nothing for long."""
    of_organization = {"organizationId": encode("Organization", organization)}
    absent = uuid4()
    of_member = {"memberId": encode("Member", organization, absent)}
    of_invitation = {"invitationId": encode("Invitation", organization, absent)}
    of_session = {"billingSessionId": encode("BillingSession", organization, absent)}
    return {
        "updateOrganization": {**of_organization, "displayName": "Acme"},
        "deleteOrganization": {**of_organization, "name": "another"},
        "inviteMember": {**of_organization, "email": "owner@example.com", "role": "COLLABORATOR"},
        "resendInvitation": of_invitation,
        "cancelInvitation": of_invitation,
        "changeMemberRole": {**of_member, "role": "COLLABORATOR"},
        "removeMember": of_member,
        "deactivateMember": of_member,
        "reactivateMember": of_member,
        "transferOwnership": of_member,
        "selectPlan": {**of_organization, "plan": "NONE", "interval": "MONTHLY", "seats": 2},
        "syncBillingSession": of_session,
        "openBillingPortal": of_organization,
        "quoteChange": {**of_organization, "plan": "NONE"},
        "changePlan": {**of_organization, "plan": "NONE"},
        "cancelPendingChange": of_organization,
        "cancelSubscription": of_organization,
        "resumeSubscription": of_organization,
        "leaveOrganization": of_organization,  # the last, as some then are gone
    }


async def codes(
    served: ServedStack, somebody: Somebody, given: dict[str, dict[str, Any]]
) -> dict[str, str | None]:
    """What each mutation answers: the code of its refusal, or None when it was done."""
    variables = ", ".join(f"${name}: {name[0].upper()}{name[1:]}Input!" for name in given)
    fields = " ".join(
        f"{name}(input: ${name}) {{ errors {{ ... on Error {{ code }} }} }}" for name in given
    )
    answer = await served.graphql(
        f"mutation ({variables}) {{ {fields} }}", email=somebody.email, **given
    )
    assert "errors" not in answer, answer
    errors = {name: payload["errors"] for name, payload in answer["data"].items()}
    return {name: found[0]["code"] if found else None for name, found in errors.items()}


def judged(code: str | None) -> str:
    if code in {OUTSIDE, DEACTIVATED}:
        return str(code)
    return "not permitted" if code in NOT_PERMITTED else "permitted"


async def seen(served: ServedStack, somebody: Somebody, organization: UUID) -> dict[str, str]:
    """What becomes of each guarded field and of `viewerCan` for each action."""
    fields = CONTRACT.type_map["Organization"].fields  # type: ignore[attr-defined] # an object type
    guarded = [name for name in fields if name not in ALWAYS_SEEN]
    selections = [f"{name} {{ __typename }}" for name in guarded if name != "billingEmail"]
    found = dict.fromkeys(guarded, "permitted")
    document = (
        "query ($id: ID!) { organizationById(id: $id) { billingEmail "
        + " ".join(selections)
        + " } }"
    )
    organization_id = encode("Organization", organization)
    answer = await served.graphql(document, email=somebody.email, id=organization_id)
    if answer["data"]["organizationById"] is None:
        return dict.fromkeys([*guarded, *OrganizationAction], OUTSIDE)
    for error in answer.get("errors", []):
        assert error["extensions"]["code"] == "FORBIDDEN", error
        found[error["path"][-1]] = DEACTIVATED if somebody.deactivated else "not permitted"
    can = " ".join(f"{one}: viewerCan(action: {one}) {{ reason }}" for one in OrganizationAction)
    answer = await served.graphql(
        f"query ($id: ID!) {{ organizationById(id: $id) {{ {can} }} }}",
        email=somebody.email,
        id=organization_id,
    )
    for action, capability in answer["data"]["organizationById"].items():
        found[action] = judged(capability["reason"])
    return found


@pytest.mark.parametrize("state", STATES)
async def test_everybody_may_what_the_document_says(served: ServedStack, state: str) -> None:
    owner = await served.user("owner")
    team = Team(served, owner, await served.organization(owner))
    if state != "never subscribed":
        await team.subscribe(seats=5)
        await served.settled()
        ended_at = "now()" if state in {"UNPAID", "CANCELED"} else "NULL"
        await run(team, f"UPDATE subscriptions SET status = '{state}', ended_at = {ended_at}")  # noqa: S608 # ours
    organization_id = encode("Organization", team.organization)
    answer = await served.graphql(BUY_AND_CANCEL, email="owner@example.com", id=organization_id)
    can = answer["data"]["organizationById"]
    assert (can["buy"]["reason"], can["cancel"]["reason"]) == STATES[state]
    assert all(one["allowed"] is (one["reason"] is None) for one in can.values())
    given = inputs(team.organization)
    for somebody in await people_of(team):
        found = await seen(served, somebody, team.organization)
        expected = {name: somebody.expects(name) for name in found}
        assert found == expected, somebody
        answers = await codes(served, somebody, given)
        expected = {name: somebody.expects(name) for name in answers}
        assert {name: judged(code) for name, code in answers.items()} == expected, somebody
