"""Strawberry's resolvers without the ceremony around each call.

At every call Strawberry looks at the types of the arguments anew, to build input objects from them,
and passes six functions and two coroutines on the way. What a field needs of that is known when the
schema is built: `call_directly` replaces its resolver by one that calls the Python function with
the same arguments. Fields with extensions, exception handlers or arguments of a kind that
is not named here keep Strawberry's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from inspect import getclosurevars
from typing import Any, TypeAlias

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLSchema,
    is_input_object_type,
    is_introspection_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

from execution.names import BACKREF

Convert: TypeAlias = Callable[[Any], Any]
"""From a value that graphql-core coerced to the one that the Python function takes."""


class KeepsStrawberryError(Exception):
    """What only Strawberry does stands in the way."""


def call_directly(schema: GraphQLSchema) -> None:
    """Let the fields of `schema`, which Strawberry built, call their functions themselves."""
    for type_ in schema.type_map.values():
        if is_object_type(type_) and not is_introspection_type(type_):
            for field in type_.fields.values():
                field.resolve = _direct(field) or field.resolve


def _direct(field: GraphQLField) -> Callable[..., Any] | None:
    definition = field.extensions.get(BACKREF)
    resolver = getattr(definition, "base_resolver", None)
    if definition is None or resolver is None or definition.is_subscription:
        return None
    about = getclosurevars(field.resolve).nonlocals if callable(field.resolve) else {}
    make_info = about.get("_strawberry_info_from_graphql")
    if definition.extensions or make_info is None or about.get("field_exception_handlers") != ():
        return None
    try:
        converted = {name: _argument(argument) for name, argument in field.args.items()}
    except KeepsStrawberryError:
        return None
    return _calling(resolver, converted, make_info)


def _argument(argument: Any) -> tuple[str, Convert | None]:
    definition = argument.extensions.get(BACKREF)
    return definition.python_name, _converter(argument.type, definition, ())


def _calling(
    resolver: Any,
    converted: Mapping[str, tuple[str, Convert | None]],
    make_info: Callable[..., Any],
) -> Callable[..., Any]:
    function, takes_self = resolver.wrapped_func, resolver.self_parameter is not None
    sources = [p.name for p in (resolver.parent_parameter, resolver.root_parameter) if p]
    info_name = resolver.info_parameter.name if resolver.info_parameter else None

    def resolve(source: Any, info: Any, **values: Any) -> Any:
        arguments = {}
        for name, value in values.items():
            python_name, convert = converted[name]
            arguments[python_name] = value if convert is None else convert(value)
        for name in sources:
            arguments[name] = source
        if info_name is not None:
            arguments[info_name] = make_info(info)
        return function(source, **arguments) if takes_self else function(**arguments)

    return resolve


def _converter(
    type_: GraphQLInputType, definition: Any, within: tuple[GraphQLInputType, ...]
) -> Convert | None:
    """What `strawberry.types.arguments.convert_argument` does for this type; None: nothing."""
    if definition is None or _is_wrapped(definition.type) or type_ in within:
        raise KeepsStrawberryError
    if is_non_null_type(type_):
        return _converter(type_.of_type, definition, within)
    if is_list_type(type_):
        return _list(_converter(type_.of_type, definition, within))
    if is_input_object_type(type_):
        return _input(type_, (*within, type_))
    return None


def _is_wrapped(python_type: Any) -> bool:
    """Whether Strawberry makes a `Maybe` or a `GlobalID` of the value."""
    while hasattr(python_type, "of_type"):
        if type(python_type).__name__ == "StrawberryMaybe":
            return True
        python_type = python_type.of_type
    return getattr(python_type, "__name__", "") == "GlobalID"


def _list(convert_item: Convert | None) -> Convert:
    def convert(value: Any) -> Any:
        if value is None:
            return None
        return list(value) if convert_item is None else [convert_item(item) for item in value]

    return convert


def _input(type_: GraphQLInputObjectType, within: tuple[GraphQLInputType, ...]) -> Convert:
    definition = type_.extensions.get(BACKREF)
    if definition is None or definition.from_input is not None:
        raise KeepsStrawberryError
    class_: Any = definition.origin
    fields = [
        (name, known.python_name, _converter(field.type, known, within))
        for name, field in type_.fields.items()
        for known in [field.extensions.get(BACKREF)]
    ]
    left_out = {
        field.python_name: None
        for field in definition.fields
        if field.default_value is MISSING and field.default_factory is MISSING
    }

    def convert(value: Any) -> Any:
        if value is None:
            return None
        arguments = left_out.copy()
        for name, python_name, convert_field in fields:
            if name in value:
                given = value[name]
                arguments[python_name] = given if convert_field is None else convert_field(given)
        return class_(**arguments)

    return convert
