"""The conventions of the contract (design, section 4), kept by a tool."""

from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    is_introspection_type,
    is_specified_scalar_type,
)

from schema import sdl


@pytest.fixture(scope="module")
def contract() -> GraphQLSchema:
    """The schema as a client reads it: built from its text."""
    return build_schema(sdl())


def own_types(contract: GraphQLSchema) -> list[object]:
    return [
        one
        for one in contract.type_map.values()
        if not is_introspection_type(one) and not is_specified_scalar_type(one)
    ]


def test_the_text_names_its_roots(contract: GraphQLSchema) -> None:
    assert "schema {\n  query: Query\n  mutation: Mutation\n  subscription: Updates\n}" in sdl()
    assert contract.subscription_type is contract.get_type("Updates")
    assert "Subscription" in contract.type_map, "the billing type"


def parts_of(one: object) -> Iterator[tuple[str, object]]:
    """What of a type has a description of its own, with its place."""
    name = getattr(one, "name", "")
    if isinstance(one, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        for field_name, field in one.fields.items():
            yield f"{name}.{field_name}", field
            for argument_name, argument in getattr(field, "args", {}).items():
                yield f"{name}.{field_name}({argument_name}:)", argument
    if isinstance(one, GraphQLEnumType):
        for value_name, value in one.values.items():
            yield f"{name}.{value_name}", value


def undescribed(contract: GraphQLSchema) -> list[str]:
    roots = {contract.query_type, contract.mutation_type, contract.subscription_type}
    places: list[tuple[str, object]] = []
    for one in own_types(contract):
        if one not in roots:
            places.append((getattr(one, "name", ""), one))
        places += parts_of(one)
    return [place for place, thing in places if not getattr(thing, "description", None)]


def test_everything_has_a_description(contract: GraphQLSchema) -> None:
    assert undescribed(contract) == []


def test_the_search_for_descriptions_finds_what_has_none() -> None:
    bare = build_schema("type Query { a(b: Int): E } enum E { C }")
    assert undescribed(bare) == ["Query.a", "Query.a(b:)", "E", "E.C"]


def test_mutations_follow_the_convention(contract: GraphQLSchema) -> None:
    assert contract.mutation_type is not None
    error = contract.get_type("Error")
    for name, field in contract.mutation_type.fields.items():
        capitalized = name[0].upper() + name[1:]
        assert list(field.args) == ["input"], name
        assert str(field.args["input"].type) == f"{capitalized}Input!", name
        assert str(field.type) == f"{capitalized}Payload!", name
        payload = get_named_type(field.type)
        assert isinstance(payload, GraphQLObjectType)
        assert str(payload.fields["errors"].type) == f"[{capitalized}Error!]", name
        union = contract.get_type(f"{capitalized}Error")
        assert isinstance(union, GraphQLUnionType)
        assert all(error in member.interfaces for member in union.types), name
        results = [one for key, one in payload.fields.items() if key != "errors"]
        assert results, f"{name} has no result"
        assert not any(isinstance(one.type, GraphQLNonNull) for one in results), name


def test_connections_have_all_four_fields(contract: GraphQLSchema) -> None:
    found = [
        one
        for one in own_types(contract)
        if isinstance(one, GraphQLObjectType) and one.name.endswith("Connection")
    ]
    assert found
    for connection in found:
        assert set(connection.fields) == {"edges", "nodes", "pageInfo", "totalCount"}


def test_paged_fields_have_a_default_and_no_null_defaults_are_printed(
    contract: GraphQLSchema,
) -> None:
    assert "= null" not in sdl()
    for one in own_types(contract):
        if isinstance(one, GraphQLObjectType):
            for field in one.fields.values():
                if get_named_type(field.type).name.endswith("Connection"):
                    assert "first" in field.args
                    assert "after" in field.args


def test_what_a_role_guards_is_nullable(contract: GraphQLSchema) -> None:
    organization = contract.get_type("Organization")
    assert isinstance(organization, GraphQLObjectType)
    for_every_member = {
        "id", "name", "displayName", "createdAt", "viewerMembership", "viewerCan",
    }  # fmt: skip
    for name, field in organization.fields.items():
        nullable = not isinstance(field.type, GraphQLNonNull)
        assert nullable == (name not in for_every_member), name


def test_scalars_say_where_they_are_specified(contract: GraphQLSchema) -> None:
    for name in ("DateTime", "URL", "Long"):
        assert getattr(contract.get_type(name), "specified_by_url", None), name
