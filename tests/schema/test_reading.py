"""What somebody may see, asked over HTTP like a client does."""

import httpx
import pytest

from db.enums import MemberRole
from services.global_ids import encode
from tests.schema.statements import counted_statements
from tests.stack import ServedStack

ORGANIZATION = """
    query ($name: String!) {
      organizationByName(name: $name) {
        id name plan { code } seatUsage { limit occupied available }
        members { totalCount nodes { role user { email } seat { number } } }
        subscription { status } billingEmail seats { totalCount }
        billingSessions { totalCount }
        viewerCan(action: SELECT_PLAN) { allowed reason }
      }
    }
"""
GUARDED = {"subscription", "billingEmail", "seats", "billingSessions"}


async def organization_of(served: ServedStack, name: str = "acme") -> str:
    owner = await served.user("owner")
    organization = await served.organization(owner, name)
    return encode("Organization", organization)


async def test_signed_out_people_see_plans_and_nothing_else(served: ServedStack) -> None:
    answer = await served.graphql("{ viewer { email } plans { code prices { id } } }")
    assert answer["data"]["viewer"] is None
    assert [plan["code"] for plan in answer["data"]["plans"]] == ["FREE", "PRO", "BUSINESS"]
    refused = await served.graphql(ORGANIZATION, name="acme")
    assert refused["data"] == {"organizationByName": None}
    assert [one["extensions"]["code"] for one in refused["errors"]] == ["UNAUTHENTICATED"]


async def test_a_token_makes_its_user(served: ServedStack) -> None:
    answer = await served.graphql(
        "{ viewer { email organizations { totalCount nodes { name } } } }", email="new@x.test"
    )
    assert answer["data"]["viewer"] == {
        "email": "new@x.test",
        "organizations": {"totalCount": 0, "nodes": []},
    }


async def test_a_foreign_organization_is_as_one_that_does_not_exist(served: ServedStack) -> None:
    foreign = await organization_of(served)
    by_id = "query ($id: ID!) { organizationById(id: $id) { name } node(id: $id) { id } }"
    one = await served.graphql(by_id, email="stranger@x.test", id=foreign)
    absent = encode("Organization", (await served.user("somebody")).id)
    other = await served.graphql(by_id, email="stranger@x.test", id=absent)
    assert one == other == {"data": {"organizationById": None, "node": None}}


@pytest.mark.parametrize("text", ["", "x", "T", "AAAA", "%00", "é", "x" * 10_000])
async def test_malformed_ids_are_named(served: ServedStack, text: str) -> None:
    answer = await served.graphql(
        "query ($id: ID!) { organizationById(id: $id) { name } }", email="a@x.test", id=text
    )
    assert answer["data"] == {"organizationById": None}
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "is not an id" in error["message"]


@pytest.mark.parametrize("moment", ["yesterday", "", "2026-02-30T00:00:00Z", "2026-01-31", 5])
async def test_what_is_no_moment_is_told_how_one_is_written(
    served: ServedStack, moment: object
) -> None:
    """In the words of the contract: a client does not know what Python's isoformat is."""
    document = "query ($since: DateTime) { stripeEvents(since: $since) { totalCount } }"
    [error] = (await served.graphql(document, email="a@x.test", since=moment))["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "2026-01-31T12:00:00.000Z" in error["message"]
    assert "isoformat" not in error["message"]


async def test_an_id_of_another_type_is_named(served: ServedStack) -> None:
    user = encode("User", (await served.user("owner")).id)
    answer = await served.graphql(
        "query ($id: ID!) { organizationById(id: $id) { name } }", email="a@x.test", id=user
    )
    assert "is the id of a User, not of an Organization" in answer["errors"][0]["message"]


async def test_a_collaborator_sees_members_and_not_money(served: ServedStack) -> None:
    owner = await served.user("owner")
    organization = await served.organization(owner)
    await served.join(organization, "helper", MemberRole.COLLABORATOR)
    answer = await served.graphql(ORGANIZATION, email="helper@example.com", name="acme")
    seen = answer["data"]["organizationByName"]
    assert seen["members"]["totalCount"] == 2
    assert seen["seatUsage"] == {"limit": 1, "occupied": 2, "available": 0}
    assert seen["viewerCan"] == {"allowed": False, "reason": "NOT_PERMITTED"}
    assert {name for name in GUARDED if seen[name] is None} == GUARDED
    assert {error["path"][-1] for error in answer["errors"]} == GUARDED
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}


async def test_every_node_is_found_again(served: ServedStack) -> None:
    owner = await served.user("owner")
    organization = await served.organization(owner)
    await served.join(organization, "admin", MemberRole.ADMIN)
    listed = await served.graphql(
        """query { organizationByName(name: "acme") {
             id members { nodes { id seat { id } user { id } } } plan { id }
           } plans { id prices { id } } viewer { id } }""",
        email="admin@example.com",
    )
    one = listed["data"]["organizationByName"]
    ids = [one["id"], one["plan"]["id"], listed["data"]["viewer"]["id"]]
    ids += [member["id"] for member in one["members"]["nodes"]]
    ids += [member["seat"]["id"] for member in one["members"]["nodes"]]
    ids += [price["id"] for plan in listed["data"]["plans"] for price in plan["prices"]]
    again = await served.graphql(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }",
        email="admin@example.com",
        ids=ids,
    )
    assert [node and node["id"] for node in again["data"]["nodes"]] == ids


async def test_pages_lead_through_the_whole_list(served: ServedStack) -> None:
    owner = await served.user("owner")
    organization = await served.organization(owner)
    for number in range(6):
        await served.join(organization, f"member{number}", MemberRole.COLLABORATOR)
    document = """query ($after: String) { organizationByName(name: "acme") {
        members(first: 3, after: $after) {
          totalCount nodes { user { email } } pageInfo { hasNextPage endCursor } } } }"""
    seen, after = [], None
    while True:
        answer = await served.graphql(document, email=owner.email, after=after)
        page = answer["data"]["organizationByName"]["members"]
        assert page["totalCount"] == 7
        seen += [node["user"]["email"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(seen) == len(set(seen)) == 7


@pytest.mark.parametrize("arguments", ["first: -1", "first: 101", 'after: "nonsense"'])
async def test_impossible_pages_are_refused(served: ServedStack, arguments: str) -> None:
    await organization_of(served)
    answer = await served.graphql(
        f"{{ viewer {{ organizations({arguments}) {{ nodes {{ id }} }} }} }}", email="a@x.test"
    )
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_statements_are_constant_in_the_length_of_lists(served: ServedStack) -> None:
    document = """{ viewer { organizations(first: 50) { totalCount nodes {
        id name plan { code } seatUsage { available } subscription { status price { id } }
        viewerCan(action: SELECT_PLAN) { allowed }
        members(first: 10) { totalCount nodes { user { email } seat { number holder {
          ... on Member { role } } } } }
        seats { nodes { holder { ... on Member { user { name } } } } }
        billingSessions { nodes { createdBy { email } } }
      } } } }"""
    owner = await served.user("owner")
    await served.graphql(document, email=owner.email)  # the catalogue is read once
    counts = []
    for number in range(3):
        await served.organization(owner, f"organization-{number}")
        with counted_statements() as statements:
            answer = await served.graphql(document, email=owner.email)
        assert len(answer["data"]["viewer"]["organizations"]["nodes"]) == number + 1
        counts.append(statements.texts)
    assert len(counts[0]) == len(counts[1]) == len(counts[2]) <= 7, counts


@pytest.mark.parametrize("count", [-1, None])
async def test_a_stream_that_begins_before_its_beginning_is_told(
    served: ServedStack, count: int | None
) -> None:
    owner = await served.user("owner")
    await served.organization(owner)
    document = """query ($count: Int) {
        organizationByName(name: "acme") {
            members(first: 3) { nodes @stream(initialCount: $count) { id } }
        }
    }"""
    async with httpx.AsyncClient(timeout=30) as client:
        parts = await client.post(
            f"{served.url}/graphql",
            json={"query": document, "variables": {"count": count}},
            headers={"Authorization": f"Bearer {served.token('owner@example.com')}"},
        )
    assert '"code":"BAD_USER_INPUT"' in parts.text
