"""From the names of a GraphQL schema to the names of the Python that serves it."""

from __future__ import annotations

from collections.abc import Mapping

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputType,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
)
from graphql.pyutils import camel_to_snake

BACKREF = "strawberry-definition"
"""The extension in which Strawberry's schema converter leaves its own definition (0.341)."""


def python_name(definition: GraphQLField | GraphQLArgument | GraphQLInputField, name: str) -> str:
    """The Python name of what the schema calls `name`: Strawberry's, else in snake_case."""
    known = getattr(definition.extensions.get(BACKREF), "python_name", None)
    return known if isinstance(known, str) else camel_to_snake(name)


def python_arguments(field: GraphQLField, values: Mapping[str, object]) -> dict[str, object]:
    """Coerced argument values under Python names.

    Enums are their Python members. An input object is a dict with Python names at every level, not
    an instance of its Strawberry class: a look-ahead reads it, it does not run its validation.
    """
    return {
        python_name(field.args[name], name): _python_value(value, field.args[name].type)
        for name, value in values.items()
    }


def _python_value(value: object, type_: GraphQLInputType) -> object:
    if is_non_null_type(type_):
        type_ = type_.of_type
    if is_list_type(type_) and isinstance(value, list):
        return [_python_value(item, type_.of_type) for item in value]
    if is_input_object_type(type_) and isinstance(value, dict):
        return {
            python_name(type_.fields[name], name): _python_value(item, type_.fields[name].type)
            for name, item in value.items()
        }
    return value
