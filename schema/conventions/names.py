"""How things are called."""

import re
from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
)

from schema.conventions.walking import arguments_of, fields_of, own_types, types_of

_TYPE = re.compile(r"[A-Z][A-Za-z0-9]*")
_FIELD = re.compile(r"[a-z][A-Za-z0-9]*")
_VALUE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")

_SUFFIXES = ("Connection", "Edge", "Payload")


def names_follow_the_convention(schema: GraphQLSchema) -> Iterator[str]:
    """PascalCase for types, camelCase for fields and arguments, CAPITALS for enum values."""
    for place, name, pattern in _names_of(schema):
        if not pattern.fullmatch(name):
            yield f"{place}: is not called as such things are"


def words_of_a_type_are_its_own(schema: GraphQLSchema) -> Iterator[str]:
    """`Connection`, `Edge` and `Payload` end the names of objects only, `Input` that of inputs."""
    for one in own_types(schema):
        if one.name.endswith(_SUFFIXES) and not isinstance(one, GraphQLObjectType):
            yield f"{one.name}: is no object"
        if one.name.endswith("Input") and not isinstance(one, GraphQLInputObjectType):
            yield f"{one.name}: is no input"
        is_error = isinstance(one, GraphQLObjectType | GraphQLUnionType | GraphQLInterfaceType)
        if one.name.endswith("Error") and not is_error:
            yield f"{one.name}: is no error"


def _names_of(schema: GraphQLSchema) -> Iterator[tuple[str, str, re.Pattern[str]]]:
    yield from ((one.name, one.name, _TYPE) for one in own_types(schema))
    for place, _ in fields_of(schema):
        yield place, place.partition(".")[2], _FIELD
    for place, _ in arguments_of(schema):
        yield place, place.partition("(")[2].removesuffix(":)"), _FIELD
    for inputs in types_of(schema, GraphQLInputObjectType):
        yield from ((f"{inputs.name}.{name}", name, _FIELD) for name in inputs.fields)
    for enum in types_of(schema, GraphQLEnumType):
        yield from ((f"{enum.name}.{name}", name, _VALUE) for name in enum.values)
