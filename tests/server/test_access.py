"""May this person use this organization now? Asked over HTTP, by people and by back ends."""

from typing import Any

import httpx
import pytest

from db.enums import MemberRole
from server.development_issuer.minting import mint_service_token
from server.development_issuer.people import subject_of
from server.development_issuer.settings import KEY_FILE
from services.access import MOST_CHECKS
from services.global_ids import encode
from services.principals import ACCESS_READ, OPS
from tests.services.lapsing import LapsingTeam
from tests.stack import ServedStack

DECISIONS = """
query ($checks: [AccessCheck!]!) {
  accessDecisions(checks: $checks) { userSubject organizationId allowed reason role }
}
"""
ACCESS = """
query ($name: String!) {
  organizationByName(name: $name) {
    name
    viewerMembership { status deactivationReason }
    access {
      state
      deactivatesAt
      deactivatedMembers { totalCount nodes { member { user { email } role } reason wayBack } }
    }
  }
}
"""


async def ask(
    served: ServedStack, checks: list[dict[str, str]], *, scopes: tuple[str, ...] = (ACCESS_READ,)
) -> dict[str, Any]:
    token = mint_service_token(
        served.settings.data_dir / KEY_FILE,
        issuer=served.settings.oidc_issuer,
        audience=served.settings.oidc_audience,
        client_id="back-end",
        scopes=scopes,
    )
    async with httpx.AsyncClient(timeout=30) as client:
        answer = await client.post(
            f"{served.url}/graphql",
            json={"query": DECISIONS, "variables": {"checks": checks}},
            headers={"Authorization": f"Bearer {token}"},
        )
    shown: dict[str, Any] = answer.json()
    return shown


@pytest.fixture
async def team(served: ServedStack) -> LapsingTeam:
    owner = await served.user("owner")
    acme = await served.organization(owner)
    for name in ("c1", "c2"):
        await served.join(acme, name, MemberRole.COLLABORATOR)
    team = LapsingTeam(served, owner, acme)
    await team.subscribe(seats=3)
    return team


def check(team: LapsingTeam, name: str) -> dict[str, str]:
    return {
        "userSubject": subject_of(f"{name}@example.com"),
        "organizationId": encode("Organization", team.organization),
    }


async def test_back_ends_are_told_who_may(served: ServedStack, team: LapsingTeam) -> None:
    await team.deactivate()
    other = await served.organization(await served.user("stranger"), "other")
    checks = [check(team, name) for name in ("c1", "stranger", "owner", "nobody", "c1")]
    checks.append({**check(team, "owner"), "organizationId": encode("Organization", other)})
    answer = await ask(served, checks)
    decided = answer["data"]["accessDecisions"]
    assert [(one["allowed"], one["reason"], one["role"]) for one in decided] == [
        (False, "SUBSCRIPTION_EXPIRED", "COLLABORATOR"),
        (False, "NOT_A_MEMBER", None),
        (True, None, "OWNER"),
        (False, "NOT_A_MEMBER", None),
        (False, "SUBSCRIPTION_EXPIRED", "COLLABORATOR"),
        (False, "NOT_A_MEMBER", None),
    ]
    asked = [{key: one[key] for key in ("userSubject", "organizationId")} for one in decided]
    assert asked == checks


async def test_as_many_as_are_allowed_at_once(served: ServedStack, team: LapsingTeam) -> None:
    answer = await ask(served, [check(team, "c1")] * MOST_CHECKS)
    assert [one["allowed"] for one in answer["data"]["accessDecisions"]] == [True] * MOST_CHECKS
    refused = await ask(served, [check(team, "c1")] * (MOST_CHECKS + 1))
    assert refused["data"] == {"accessDecisions": None}
    assert "at most 500" in refused["errors"][0]["message"]


async def test_only_a_service_with_the_scope_may_ask(
    served: ServedStack, team: LapsingTeam
) -> None:
    answers = [
        await ask(served, [check(team, "c1")], scopes=(OPS,)),
        await served.graphql(
            DECISIONS,
            email="owner@example.com",
            scopes=(ACCESS_READ,),
            checks=[check(team, "c1")],
        ),
    ]
    for answer in answers:
        assert answer["data"] == {"accessDecisions": None}
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    signed_out = await served.graphql(DECISIONS, checks=[check(team, "c1")])
    assert signed_out["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_people_see_how_it_stands(served: ServedStack, team: LapsingTeam) -> None:
    owner, member = "owner@example.com", "c1@example.com"
    answer = await served.graphql(ACCESS, email=member, name="acme")
    access = answer["data"]["organizationByName"]["access"]
    assert access == {
        "state": "ACTIVE",
        "deactivatesAt": None,
        "deactivatedMembers": {"totalCount": 0, "nodes": []},
    }
    await team.deactivate()
    answer = await served.graphql(ACCESS, email=owner, name="acme")
    access = answer["data"]["organizationByName"]["access"]
    assert access["state"] == "DEACTIVATED"
    locked_out = access["deactivatedMembers"]["nodes"]
    assert [one["member"]["user"]["email"] for one in locked_out] == [member, "c2@example.com"]
    assert {(one["reason"], one["wayBack"]) for one in locked_out} == {
        ("SUBSCRIPTION_EXPIRED", "RENEWAL")
    }


async def test_a_deactivated_member_sees_the_name_and_why(
    served: ServedStack, team: LapsingTeam
) -> None:
    await team.deactivate()
    answer = await served.graphql(ACCESS, email="c1@example.com", name="acme")
    assert answer["data"]["organizationByName"] == {
        "name": "acme",
        "viewerMembership": {"status": "DEACTIVATED", "deactivationReason": "SUBSCRIPTION_EXPIRED"},
        "access": None,
    }
    [error] = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (
        ["organizationByName", "access"],
        "FORBIDDEN",
    )
