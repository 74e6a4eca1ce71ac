"""`@semanticNonNull` tells the truth: such a field is null only where an error says why."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLNamedType, GraphQLObjectType, build_schema, get_named_type, is_leaf_type

from db.enums import DeactivationReason, MemberRole
from schema import sdl
from schema.conventions.walking import directives_on, fields_of
from tests.schema.test_permissions import deactivate
from tests.services.team import Team
from tests.stack import ServedStack

CONTRACT = build_schema(sdl())
MARKED = {place for place, field in fields_of(CONTRACT) if directives_on(field, "semanticNonNull")}
OF_ORGANIZATION = sorted(place.partition(".")[2] for place in MARKED if place.startswith("Org"))


def selected(type_: GraphQLNamedType) -> str:
    """A leaf below a field, however deep it takes."""
    if is_leaf_type(type_):
        return ""
    if not isinstance(type_, GraphQLObjectType):
        return "{ __typename }"
    name, field = next(iter(type_.fields.items()))
    return f"{{ {name} {selected(get_named_type(field.type))} }}"


def fields(type_name: str, names: list[str]) -> str:
    of = CONTRACT.type_map[type_name].fields  # type: ignore[attr-defined] # an object type
    return " ".join(f"{name} {selected(get_named_type(of[name].type))}" for name in names)


def nulls(data: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Where below an object there is null."""
    for key, value in data.items():
        if value is None:
            yield (*path, key)
        if isinstance(value, dict):
            yield from nulls(value, (*path, key))


def test_where_it_stands() -> None:
    assert {
        "Organization.plan",
        "Organization.members",
        "Organization.upcomingEvents",
        "User.organizations",
        "Query.accessDecisions",
    } < MARKED
    may_be_null = {"Organization.subscription", "Organization.billingEmail", "User.membership"}
    assert not may_be_null & MARKED


@pytest.mark.parametrize("subscribed", [False, True])
async def test_an_organization(served: ServedStack, *, subscribed: bool) -> None:
    owner = await served.user("owner")
    team = Team(served, owner, await served.organization(owner))
    if subscribed:
        await team.subscribe(seats=5)
    for role in (MemberRole.ADMIN, MemberRole.COLLABORATOR):
        await served.join(team.organization, role.lower(), role)
    locked_out = await served.join(team.organization, "locked", MemberRole.COLLABORATOR)
    await deactivate(team, locked_out, DeactivationReason.BY_ADMIN)
    document = f"""{{ viewer {{ organizations {{ totalCount }} }}
        organizationByName(name: "acme") {{ {fields("Organization", OF_ORGANIZATION)} }} }}"""
    refused: dict[str, int] = {}
    for name in ("owner", "admin", "collaborator", "locked"):
        answer = await served.graphql(document, email=f"{name}@example.com")
        errors = {tuple(one["path"]): one["extensions"]["code"] for one in answer.get("errors", [])}
        assert set(nulls(answer["data"], ())) == set(errors)
        assert set(errors.values()) <= {"FORBIDDEN"}
        refused[name] = len(errors)
    assert refused["owner"] == refused["admin"] == 0
    assert 0 < refused["collaborator"] < refused["locked"] == len(OF_ORGANIZATION)


async def test_somebody_else(served: ServedStack) -> None:
    owner = await served.user("owner")
    organization = await served.organization(owner)
    await served.join(organization, "other", MemberRole.COLLABORATOR)
    document = """{ organizationByName(name: "acme") { members { nodes { user {
        email organizations { totalCount } } } } } }"""
    answer = await served.graphql(document, email="owner@example.com")
    users = [node["user"] for node in answer["data"]["organizationByName"]["members"]["nodes"]]
    assert {user["email"]: user["organizations"] for user in users} == {
        "owner@example.com": {"totalCount": 1},
        "other@example.com": None,
    }
    (error,) = answer["errors"]
    assert error["path"][-1] == "organizations"
    assert error["extensions"]["code"] == "FORBIDDEN"


async def test_decisions(served: ServedStack) -> None:
    document = "{ accessDecisions(checks: []) { allowed } }"
    for email, code in ((None, "UNAUTHENTICATED"), ("owner@example.com", "FORBIDDEN")):
        answer = await served.graphql(document, email=email)
        assert answer["data"] == {"accessDecisions": None}
        (error,) = answer["errors"]
        assert error["path"] == ["accessDecisions"]
        assert error["extensions"]["code"] == code
