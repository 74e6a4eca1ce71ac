"""Where compiled code takes each kind of field from."""

from collections.abc import Awaitable
from typing import Any, cast

import pytest
import strawberry
from graphql import GraphQLField, GraphQLObjectType

from execution.sources import Attribute, Method, Resolver, Source, source_of
from tests.execution import toy


def source(type_name: str, field: str) -> Source | None:
    type_ = cast("GraphQLObjectType", toy.schema._schema.type_map[type_name])
    return source_of(type_.fields[field])


def test_a_field_without_resolver_is_an_attribute() -> None:
    assert source("Thing", "maybeNumber") == Attribute("maybe_number")


@pytest.mark.parametrize(
    ("type_name", "field", "parameter"),
    [
        ("Thing", "shout", None),
        ("Thing", "rootOnly", "root"),
        ("Leaf", "heavy", "root"),
        ("Leaf", "ofParent", "leaf"),
        ("Leaf", "ofSize", None),
    ],
)
def test_a_resolver_of_the_object_and_plain_arguments_is_called_directly(
    type_name: str, field: str, parameter: str | None
) -> None:
    found = source(type_name, field)
    assert isinstance(found, Method)
    assert found.parameter == parameter


@pytest.mark.parametrize(("field", "needs_info"), [("greet", False), ("place", True)])
def test_other_resolvers_are_called_through_strawberry(field: str, *, needs_info: bool) -> None:
    found = source("Thing", field)
    assert isinstance(found, Resolver)
    assert found.needs_info is needs_info


@pytest.mark.parametrize("field", ["soon", "stream"])
def test_an_asynchronous_resolver_is_not_called(field: str) -> None:
    assert source("Thing", field) is None


def _coming(root: strawberry.Parent[Any]) -> Awaitable[str]:
    coming: Awaitable[str] = root.coming
    return coming


@strawberry.type
class Query:
    coming: str = strawberry.field(resolver=_coming)


def test_a_resolver_that_says_it_gives_an_awaitable_is_not_called_to_find_out() -> None:
    query = strawberry.Schema(Query)._schema.query_type
    assert query
    assert source_of(query.fields["coming"]) is None


def test_a_field_that_strawberry_did_not_make_is_left_alone() -> None:
    plain = toy.schema._schema.type_map["Int"]
    assert source_of(GraphQLField(plain, resolve=lambda *_: 1)) is None  # type: ignore[arg-type] # any output type serves


def test_a_wrapped_resolver_is_not_passed_by() -> None:
    type_ = cast("GraphQLObjectType", toy.schema._schema.type_map["Thing"])
    field = type_.fields["shout"]
    wrapped = GraphQLField(field.type, resolve=lambda *_: "wrapped", extensions=field.extensions)
    found = source_of(wrapped)
    assert isinstance(found, Resolver)
    assert found.needs_info
