"""`node` and `nodes`: every type that implements Node is found again, by who may see it."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from graphql import GraphQLInterfaceType, build_schema

from db.enums import DeactivationReason, MemberRole
from schema import sdl
from services.global_ids import (
    LETTERS,
    TENANT_TYPES,
    TEXT_TYPES,
    TenantKey,
    decode,
    encode,
    encode_text,
)
from tests.schema.statements import counted_statements
from tests.schema.test_permissions import deactivate
from tests.services.team import Team
from tests.stack import ServedStack

CONTRACT = build_schema(sdl())
OWNER = "owner@example.com"
FOR_PEOPLE = set(LETTERS) - {"StripeEvent"}
"""That one is for operators; test_stripe_events.py finds it again."""
FOR_EVERYBODY = {"Plan", "Price"}
FOR_MEMBERS = FOR_EVERYBODY | {"Organization", "Member", "Seat"}
SEEN_BY = {
    OWNER: FOR_PEOPLE,
    "admin@example.com": FOR_PEOPLE - {"User"},
    "collaborator@example.com": FOR_MEMBERS,
    "locked@example.com": FOR_EVERYBODY | {"Organization", "Member"},
    "stranger@example.com": FOR_EVERYBODY,
}
"""Which of the ids that the owner sees lead to something. A user is seen by themselves."""

NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
QUOTE = """mutation ($id: ID!) { quoteChange(input: { organizationId: $id, seats: 8 }) {
    quote { id } errors { ... on Error { message } } } }"""
LISTED = """{ viewer { id } plans { id prices { id } } organizationByName(name: "acme") {
    id members { nodes { id } } seats { nodes { id } } seatLedger { nodes { id } }
    invitations { nodes { id } } auditLog { nodes { id } } billingSessions { nodes { id } }
    subscription { id invoices { nodes { id } } } } }"""


def test_every_type_that_is_a_node_has_ids() -> None:
    node = CONTRACT.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    assert {one.name for one in CONTRACT.get_possible_types(node)} == set(LETTERS)


def ids_in(data: Any) -> Iterator[str]:
    """Every `id`, however deep."""
    if isinstance(data, list):
        for one in data:
            yield from ids_in(one)
    if isinstance(data, dict):
        for key, value in data.items():
            if key == "id":
                yield value
            else:
                yield from ids_in(value)


async def everything(served: ServedStack) -> dict[str, list[str]]:
    """An organization with some of everything; the ids by type."""
    owner = await served.user("owner")
    team = Team(served, owner, await served.organization(owner))
    await team.subscribe(seats=5)
    await served.join(team.organization, "admin", MemberRole.ADMIN)
    await served.join(team.organization, "collaborator", MemberRole.COLLABORATOR)
    locked_out = await served.join(team.organization, "locked", MemberRole.COLLABORATOR)
    await deactivate(team, locked_out, DeactivationReason.BY_ADMIN)
    await team.invite("guest")
    quoted = await served.graphql(QUOTE, email=OWNER, id=encode("Organization", team.organization))
    listed = await served.graphql(LISTED, email=OWNER)
    assert "errors" not in quoted | listed
    ids: dict[str, list[str]] = {}
    for text in ids_in([quoted, listed]):
        ids.setdefault(decode(text)[0], []).append(text)
    return ids


async def test_everything_is_found_again_by_who_may_see_it(served: ServedStack) -> None:
    by_type = await everything(served)
    assert set(by_type) == FOR_PEOPLE
    ids = [text for texts in by_type.values() for text in texts]
    expected = [(decode(text)[0], text) for text in ids]
    # Members come by joining, seats by number: the one locked out is last, and the guest's seat.
    unseen = {
        "locked@example.com": by_type["Member"][:-1],
        "collaborator@example.com": by_type["Seat"][-1:],
    }
    for email, seen in SEEN_BY.items():
        answer = await served.graphql(NODES, email=email, ids=ids)
        assert "errors" not in answer
        found = [node and (node["__typename"], node["id"]) for node in answer["data"]["nodes"]]
        seen_ids = [
            one for one in expected if one[0] in seen and one[1] not in unseen.get(email, [])
        ]
        assert found == [one if one in seen_ids else None for one in expected], email
    await one_by_one(served, by_type)
    await more_ids_of_a_type_cost_no_more_statements(served, by_type)
    await nothing_is_found_through_another_organization(served, by_type)
    await signed_out_only_the_catalogue_is_there(served, by_type)


async def one_by_one(served: ServedStack, by_type: dict[str, list[str]]) -> None:
    fields = " ".join(
        f'{name}: node(id: "{by_type[name][0]}") {{ __typename }}' for name in by_type
    )
    answer = await served.graphql(f"{{ {fields} }}", email=OWNER)
    assert answer == {"data": {name: {"__typename": name} for name in by_type}}


async def more_ids_of_a_type_cost_no_more_statements(
    served: ServedStack, by_type: dict[str, list[str]]
) -> None:
    several = {name: texts for name, texts in by_type.items() if len(texts) > 1}
    assert set(several) >= {"Member", "Seat", "SeatLedgerEntry", "AuditEvent", "Price"}
    for name, texts in several.items():
        counts = []
        for ids in (texts[:1], texts):
            with counted_statements() as statements:
                await served.graphql(NODES, email=OWNER, ids=ids)
            counts.append(len(statements))
        assert counts[0] == counts[1] <= 4, (name, counts)
    with counted_statements() as statements:
        ids = [text for texts in by_type.values() for text in texts]
        await served.graphql(NODES, email=OWNER, ids=ids)
    assert len(statements) <= 2 + len(TENANT_TYPES), "one for each type, and who asks"


async def nothing_is_found_through_another_organization(
    served: ServedStack, by_type: dict[str, list[str]]
) -> None:
    """An id names its organization. Naming one whose owner asks does not open another's rows."""
    stranger = await served.user("stranger")
    other = await served.organization(stranger, "other")
    keys = [(name, decode(by_type[name][0])[1]) for name in sorted(TENANT_TYPES)]
    moved = [encode(name, other, key.id) for name, key in keys if isinstance(key, TenantKey)]
    assert len(moved) == len(TENANT_TYPES)
    answer = await served.graphql(NODES, email="stranger@example.com", ids=moved)
    assert answer == {"data": {"nodes": [None] * len(moved)}}


async def signed_out_only_the_catalogue_is_there(
    served: ServedStack, by_type: dict[str, list[str]]
) -> None:
    answer = await served.graphql(NODES, ids=[by_type["Plan"][0], by_type["Member"][0]])
    plan, member = answer["data"]["nodes"]
    assert (plan["__typename"], member) == ("Plan", None)
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["nodes", 1], "UNAUTHENTICATED")


async def test_ids_that_lead_nowhere(served: ServedStack) -> None:
    owner = await served.user("owner")
    key = await served.organization(owner)
    there = encode("Organization", key)
    bad = ["", "nonsense", "TwGi====", there + "A", there.lower(), "\u00e9" * 50, "\0"]
    bad += [encode_text(name, "\0") for name in TEXT_TYPES]
    nothing = [encode_text(name, "NONE") for name in TEXT_TYPES]
    nothing += [encode(name, key, uuid4()) for name in TENANT_TYPES]
    nothing += [encode(name, uuid4()) for name in set(LETTERS) - TENANT_TYPES - TEXT_TYPES]
    answer = await served.graphql(NODES, email=OWNER, ids=[*bad, *nothing, there])
    *nulls, last = answer["data"]["nodes"]
    assert nulls == [None] * len(bad + nothing)
    assert last["id"] == there
    assert [error["path"] for error in answer["errors"]] == [
        ["nodes", at] for at in range(len(bad))
    ]
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}
    answer = await served.graphql('{ node(id: "nonsense") { id } }', email=OWNER)
    assert answer["data"] == {"node": None}
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    answer = await served.graphql(NODES, email=OWNER, ids=nothing[:1] * 101)
    assert "100" in answer["errors"][0]["message"]
