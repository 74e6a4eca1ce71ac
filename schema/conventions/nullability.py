"""What may be null, and when."""

import re
from collections.abc import Iterator

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLSchema,
    NullValueNode,
    get_nullable_type,
    is_list_type,
)

from schema.conventions.walking import (
    arguments_of,
    default_of,
    directives_on,
    fields_of,
    types_of,
)

_GUARDED = re.compile(r"(For (active members|owner and admin|service tokens)\b|Only they see it)")
"""How a description says for whom a field is."""

_MAY_HOLD_NULLS = {"Query.nodes"}
"""The Relay specification wants null where there is no such object."""


def guarded_fields_are_nullable(schema: GraphQLSchema) -> Iterator[str]:
    """A field that a role guards is null with FORBIDDEN; it never nulls its parent (P6)."""
    for place, field in fields_of(schema):
        is_guarded = _GUARDED.search(field.description or "")
        of_mutation = place.startswith("Mutation.")  # refused by its payload
        if is_guarded and not of_mutation and isinstance(field.type, GraphQLNonNull):
            yield f"{place}: is not for everybody, and not nullable"


def semantic_non_null_is_nullable(schema: GraphQLSchema) -> Iterator[str]:
    """`@semanticNonNull` says why a field is nullable; on one that is not it says nothing."""
    for place, field in fields_of(schema):
        if directives_on(field, "semanticNonNull") and isinstance(field.type, GraphQLNonNull):
            yield f"{place}: is @semanticNonNull and not nullable"


def items_of_lists_are_not_null(schema: GraphQLSchema) -> Iterator[str]:
    """A list has no holes."""
    for place, field in fields_of(schema):
        if place not in _MAY_HOLD_NULLS and _may_hold_nulls(field):
            yield f"{place}: its items may be null"


def no_default_is_null(schema: GraphQLSchema) -> Iterator[str]:
    """`= null` says nothing."""
    inputs: list[tuple[str, GraphQLArgument | GraphQLInputField]] = [*arguments_of(schema)]
    for one in types_of(schema, GraphQLInputObjectType):
        inputs += [(f"{one.name}.{name}", field) for name, field in one.fields.items()]
    for place, thing in inputs:
        if isinstance(default_of(thing), NullValueNode):
            yield f"{place}: has null as its default"


def _may_hold_nulls(field: GraphQLField) -> bool:
    of = get_nullable_type(field.type)
    return is_list_type(of) and not isinstance(of.of_type, GraphQLNonNull)
