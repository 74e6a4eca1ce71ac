"""Inviting, joining and leaving as clients do it: over HTTP, with the mail in between."""

import re
from collections import Counter
from typing import Any

import httpx
import pytest

from db.enums import MemberRole
from services.global_ids import encode
from tests.schema.statements import counted_statements
from tests.services.team import Team
from tests.stack import ServedStack

INVITE = """
    mutation ($input: InviteMemberInput!) {
      inviteMember(input: $input) {
        invitation { id email status role invitedBy { email } organizationName }
        organization { seatUsage { reserved available } }
        errors {
          __typename ... on Error { code message }
          ... on SeatLimitReachedError {
            limit occupied reserved
            resolutions {
              __typename ... on Resolution { message }
              ... on AddSeats { seats cost { amount currency formatted } price { id } }
              ... on ChooseBiggerPlan { plan { code } }
              ... on FreeSeat { occupied reserved }
            }
          }
          ... on AlreadyMemberError { member { user { email } } }
          ... on AlreadyInvitedError { invitation { email } }
        }
      }
    }
"""
ACCEPT = """
    mutation ($token: String!) {
      acceptInvitation(input: { token: $token }) {
        member { id role seat { number } }
        organization { name viewerMembership { role } }
        errors { __typename ... on Error { code } }
      }
    }
"""
REMOVE = """
    mutation ($id: ID!) {
      removeMember(input: { memberId: $id }) {
        removedMemberId seatUsage { occupied available purchased }
        organization { subscription { seats nextPayment { at amount { amount } } } }
        errors { ... on Error { code } }
      }
    }
"""
RECORDS = """
    query ($id: ID!) {
      organizationById(id: $id) {
        seatLedger { totalCount nodes {
          id number state beganReason endedReason endedAt
          holder {
            __typename ... on Member { user { email } removedAt } ... on Invitation { email }
          }
        } }
        invitations(status: ACCEPTED) { totalCount nodes { id email } }
        auditLog(action: "member.removed") { nodes {
          id action actorKind actor { email } targetType targetId before after requestId
        } }
        seats { nodes { number holder { __typename ... on Invitation { invitedBy { email } } } } }
      }
    }
"""
OWNER = "owner@example.com"


async def served_team(served: ServedStack, *, seats: int) -> Team:
    owner = await served.user("owner")
    team = Team(served, owner, await served.organization(owner))
    if seats:
        await team.subscribe(seats=seats)
        await served.settled()
    return team


async def invite(served: ServedStack, team: Team, email: str, role: str) -> dict[str, Any]:
    organization_id = encode("Organization", team.organization)
    answer = await served.graphql(
        INVITE,
        email=OWNER,
        input={"organizationId": organization_id, "email": email, "role": role},
    )
    assert "errors" not in answer, answer
    payload: dict[str, Any] = answer["data"]["inviteMember"]
    return payload


async def token_for(served: ServedStack, email: str) -> str:
    async with httpx.AsyncClient(base_url=served.url) as client:
        mails = (await client.get("/dev/mail.json", params={"to": email})).json()["mails"]
    found = re.search(r"/portal/invitation#(\S+)", mails[0]["text"])
    assert found is not None
    return found[1]


async def test_from_the_invitation_to_the_removal(served: ServedStack) -> None:
    team = await served_team(served, seats=2)
    invited = await invite(served, team, "Ann@Example.com", "ADMIN")
    assert invited["errors"] is None
    assert invited["invitation"]["status"] == "PENDING"
    assert invited["invitation"]["invitedBy"] == {"email": OWNER}
    assert invited["organization"] == {"seatUsage": {"reserved": 1, "available": 0}}
    token = await token_for(served, "Ann@example.com")
    preview = "query ($t: String!) { invitationByToken(token: $t) { organizationName status } }"
    shown = await served.graphql(preview, email="bob@example.com", t=token)
    assert shown["data"]["invitationByToken"] == {"organizationName": "acme", "status": "PENDING"}
    signed_out = await served.graphql(preview, t=token)
    assert signed_out["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    wrong = await served.graphql(ACCEPT, email="bob@example.com", token=token)
    assert wrong["data"]["acceptInvitation"]["errors"] == [
        {"__typename": "InvitationForAnotherAddressError", "code": "INVITATION_FOR_ANOTHER_ADDRESS"}
    ]
    joined = await served.graphql(ACCEPT, email="ann@example.com", token=token)
    member = joined["data"]["acceptInvitation"]["member"]
    assert (member["role"], member["seat"]) == ("ADMIN", {"number": 2})
    removed = (await served.graphql(REMOVE, email=OWNER, id=member["id"]))["data"]["removeMember"]
    assert removed["removedMemberId"] == member["id"]
    assert removed["seatUsage"] == {"occupied": 1, "available": 1, "purchased": 2}
    paid = removed["organization"]["subscription"]
    assert (paid["seats"], paid["nextPayment"]["amount"]) == (2, {"amount": 5000})
    await _records_tell_of(served, team, removed=member["id"])


async def _records_tell_of(served: ServedStack, team: Team, *, removed: str) -> None:
    organization_id = encode("Organization", team.organization)
    answer = await served.graphql(RECORDS, email=OWNER, id=organization_id)
    found = answer["data"]["organizationById"]
    occupied, reserved, own = found["seatLedger"]["nodes"]
    assert occupied["endedReason"] == "MEMBER_REMOVED"
    assert occupied["holder"]["user"] == {"email": "ann@example.com"}
    assert occupied["holder"]["removedAt"] is not None
    assert reserved["holder"] == {"__typename": "Invitation", "email": "Ann@example.com"}
    assert own["endedAt"] is None
    assert found["invitations"]["totalCount"] == 1
    [event] = found["auditLog"]["nodes"]
    assert (event["actorKind"], event["actor"]) == ("USER", {"email": OWNER})
    assert (event["targetType"], event["targetId"]) == ("Member", removed)
    assert event["before"] == {"role": "ADMIN"}
    assert event["requestId"]
    assert [seat["number"] for seat in found["seats"]["nodes"]] == [1]
    ids = [occupied["id"], found["invitations"]["nodes"][0]["id"], event["id"], removed]
    nodes = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
    answer = await served.graphql(nodes, email=OWNER, ids=ids)
    assert [node and node["__typename"] for node in answer["data"]["nodes"]] == [
        "SeatLedgerEntry", "Invitation", "AuditEvent", None,
    ]  # fmt: skip
    hidden = await served.graphql(nodes, email="stranger@example.com", ids=ids)
    assert hidden["data"]["nodes"] == [None] * 4


async def test_a_full_organization_is_told_what_helps(served: ServedStack) -> None:
    team = await served_team(served, seats=2)
    await invite(served, team, "ann@example.com", "COLLABORATOR")
    [error] = (await invite(served, team, "bob@example.com", "COLLABORATOR"))["errors"]
    assert error["code"] == "SEAT_LIMIT_REACHED"
    assert (error["limit"], error["occupied"], error["reserved"]) == (2, 1, 1)
    more, bigger, free = error["resolutions"]
    assert (more["seats"], more["cost"]["amount"]) == (3, 2500)
    assert more["cost"]["formatted"] == "$25.00"
    assert bigger["plan"] == {"code": "BUSINESS"}
    assert (free["__typename"], free["occupied"], free["reserved"]) == ("FreeSeat", 1, 1)
    for resolution in error["resolutions"]:
        assert resolution["message"] in error["message"]
    can = "query ($id: ID!) { organizationById(id: $id) { viewerCan(action: INVITE_MEMBER) {"
    answer = await served.graphql(
        can + " allowed reason resolution } } }",
        email=OWNER,
        id=encode("Organization", team.organization),
    )
    capability = answer["data"]["organizationById"]["viewerCan"]
    assert (capability["allowed"], capability["reason"]) == (False, "SEAT_LIMIT_REACHED")
    assert capability["resolution"] == error["message"]


async def test_who_is_known_already_is_named(served: ServedStack) -> None:
    team = await served_team(served, seats=3)
    [member] = (await invite(served, team, "OWNER@example.com", "ADMIN"))["errors"]
    assert member["member"] == {"user": {"email": OWNER}}
    await invite(served, team, "ann@example.com", "COLLABORATOR")
    [invited] = (await invite(served, team, "ANN@example.com", "COLLABORATOR"))["errors"]
    assert invited["invitation"] == {"email": "ann@example.com"}
    [malformed] = (await invite(served, team, "nobody", "COLLABORATOR"))["errors"]
    assert malformed["__typename"] == "InvalidInputError"


async def test_a_role_that_does_not_exist_is_a_request_error(served: ServedStack) -> None:
    team = await served_team(served, seats=0)
    answer = await served.graphql(
        INVITE,
        email=OWNER,
        input={
            "organizationId": encode("Organization", team.organization),
            "email": "ann@example.com",
            "role": "KING",
        },
    )
    assert "data" not in answer
    assert "KING" in answer["errors"][0]["message"]


async def test_an_unverified_address_joins_nothing(served: ServedStack) -> None:
    team = await served_team(served, seats=2)
    await invite(served, team, "ann@example.com", "COLLABORATOR")
    token = await token_for(served, "ann@example.com")
    bearer = served.token("ann@example.com", email_verified=False)
    async with httpx.AsyncClient() as client:
        answer = await client.post(
            f"{served.url}/graphql",
            json={"query": ACCEPT, "variables": {"token": token}},
            headers={"Authorization": f"Bearer {bearer}"},
        )
    [error] = answer.json()["data"]["acceptInvitation"]["errors"]
    assert error["code"] == "EMAIL_NOT_VERIFIED"


async def test_a_deleted_organization_is_gone_for_everybody(served: ServedStack) -> None:
    team = await served_team(served, seats=0)
    organization_id = encode("Organization", team.organization)
    document = """
        mutation ($input: DeleteOrganizationInput!) {
          deleteOrganization(input: $input) {
            deletedOrganizationId errors { ... on Error { code } }
          }
        }
    """
    given = {"organizationId": organization_id, "name": "acme"}
    answer = await served.graphql(document, email=OWNER, input=given)
    assert answer["data"]["deleteOrganization"] == {
        "deletedOrganizationId": organization_id,
        "errors": None,
    }
    look = "query ($id: ID!) { organizationById(id: $id) { name } node(id: $id) { id } }"
    answer = await served.graphql(look, email=OWNER, id=organization_id)
    assert answer == {"data": {"organizationById": None, "node": None}}


async def test_holders_cost_no_statement_each(served: ServedStack) -> None:
    team = await served_team(served, seats=30)
    document = """
        query ($id: ID!) { organizationById(id: $id) {
          seatLedger(first: 50) { nodes { holder { ... on Invitation { email } } } }
          seats(first: 50) { nodes { holder { ... on Invitation { invitedBy { email } } } } }
          invitations(first: 50) { nodes { invitedBy { email } } }
          auditLog(first: 50) { nodes { actor { email } } }
        } }
    """
    for one in range(20):
        await team.invite(f"p{one}")
    with counted_statements() as counted:
        answer = await served.graphql(
            document, email=OWNER, id=encode("Organization", team.organization)
        )
    assert "errors" not in answer
    assert len(answer["data"]["organizationById"]["invitations"]["nodes"]) == 20
    # Seats and ledger each ask for the invitations that hold them: once, or in two batches.
    assert max(Counter(counted.texts).values()) <= 2


@pytest.mark.parametrize(
    "field",
    ["members(search: $text) { totalCount }", "auditLog(action: $text) { totalCount }"],
)
async def test_a_text_that_cannot_be_stored_is_refused(served: ServedStack, field: str) -> None:
    team = await served_team(served, seats=0)
    answer = await served.graphql(
        f"query ($id: ID!, $text: String) {{ organizationById(id: $id) {{ {field} }} }}",
        email=OWNER,
        id=encode("Organization", team.organization),
        text="\0",
    )
    assert [one["extensions"]["code"] for one in answer["errors"]] == ["BAD_USER_INPUT"]


async def test_a_key_that_cannot_be_stored_is_refused(served: ServedStack) -> None:
    team = await served_team(served, seats=0)
    given = {
        "organizationId": encode("Organization", team.organization),
        "email": "ann@example.com",
        "role": "ADMIN",
        "idempotencyKey": "\0",
    }
    answer = await served.graphql(INVITE, email=OWNER, input=given)
    [error] = answer["data"]["inviteMember"]["errors"]
    assert error["message"].startswith("idempotencyKey: ")


OWN_SEAT = """query ($id: ID!) {
  organizationById(id: $id) { viewerMembership { seat { number holder { __typename } } } }
  organizationByName(name: "acme") { mine: viewerMembership { seat { number } } }
  viewer {
    membership(organizationId: $id) { seat { number } }
    organizations { nodes { viewerMembership { seat { number } } } }
  }
}"""


async def test_everybody_sees_their_own_seat_wherever_their_membership_stands(
    served: ServedStack,
) -> None:
    team = await served_team(served, seats=0)
    await served.join(team.organization, "collaborator", MemberRole.COLLABORATOR)
    organization_id = encode("Organization", team.organization)
    for number, name in enumerate(("owner", "collaborator"), start=1):
        answer = await served.graphql(OWN_SEAT, email=f"{name}@example.com", id=organization_id)
        assert "errors" not in answer
        by_id, by_name = answer["data"]["organizationById"], answer["data"]["organizationByName"]
        viewer = answer["data"]["viewer"]
        listed = viewer["organizations"]["nodes"][0]["viewerMembership"]
        seat = by_id["viewerMembership"]["seat"]
        assert seat == {"number": number, "holder": {"__typename": "Member"}}
        assert [by_name["mine"], viewer["membership"], listed] == [{"seat": {"number": number}}] * 3
