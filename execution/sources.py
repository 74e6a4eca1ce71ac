"""Where the value of a field comes from, as far as it can be had without graphql-core.

Strawberry leaves its own field in the extensions of the GraphQL field; what is read of it here is
listed in `_StrawberryField`. The contract for a schema is plain Strawberry: a field without a
resolver is an attribute, and a resolver that is a plain `def` has no side effects, as GraphQL wants
of every field below the root anyway; for it may be called again when something fails.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from keyword import iskeyword
from typing import Protocol, TypeAlias, cast, get_origin

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLFloat,
    GraphQLInt,
    GraphQLString,
    is_enum_type,
    is_non_null_type,
)

from execution.names import BACKREF


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of the object."""

    name: str


@dataclass(frozen=True, slots=True)
class Method:
    """A synchronous function of the object and plain arguments, under their Python names.

    It takes the object as the keyword `parameter`, or first when that is None.
    """

    call: Callable[..., object]
    parameter: str | None


@dataclass(frozen=True, slots=True)
class Resolver:
    """A synchronous resolver `(source, info, **arguments)`; without `needs_info`, info is None."""

    call: Callable[..., object]
    needs_info: bool


_OF_STRAWBERRY = ("strawberry.schema.schema_converter", "execution.resolvers")
_PASSED_ON = frozenset((GraphQLBoolean, GraphQLFloat, GraphQLInt, GraphQLString))

Source: TypeAlias = Attribute | Method | Resolver


class _Parameter(Protocol):
    name: str


class _StrawberryResolver(Protocol):
    info_parameter: _Parameter | None
    self_parameter: _Parameter | None
    root_parameter: _Parameter | None
    parent_parameter: _Parameter | None
    wrapped_func: Callable[..., object]

    def __call__(self, *arguments: object, **named: object) -> object: ...


class _StrawberryField(Protocol):
    base_resolver: _StrawberryResolver | None
    default_resolver: Callable[..., object]
    extensions: list[object]
    is_async: bool
    is_basic_field: bool
    python_name: str

    def get_result(self, *arguments: object) -> object: ...


def source_of(definition: GraphQLField) -> Source | None:
    """How to get the field's value; None when only graphql-core can."""
    field = cast("_StrawberryField | None", definition.extensions.get(BACKREF))
    if field is None or _is_asynchronous(field) or definition.resolve is None:
        return None
    if _is_customised(field, definition):
        return Resolver(definition.resolve, needs_info=True)
    if field.is_basic_field:
        return _attribute(field)
    resolver = field.base_resolver
    needs_info = bool(field.extensions) or resolver is None or resolver.info_parameter is not None
    if resolver is None or needs_info or not all(map(_is_passed_on, definition.args.values())):
        return Resolver(definition.resolve, needs_info=needs_info)
    return _method(resolver) or Resolver(definition.resolve, needs_info=False)


def _is_asynchronous(field: _StrawberryField) -> bool:
    """Whether the resolver is a coroutine function, or a plain one that says it gives an awaitable.

    One that does not say so is found out when it is called, and called again by graphql-core.
    """
    function = field.base_resolver and field.base_resolver.wrapped_func
    returned = getattr(function, "__annotations__", {}).get("return")
    class_ = get_origin(returned) or returned
    return field.is_async or (isinstance(class_, type) and issubclass(class_, Awaitable))


def _is_customised(field: _StrawberryField, definition: GraphQLField) -> bool:
    """Whether a field class of its own, or a wrapped resolver, decides what the value is."""
    return (
        type(field).get_result.__module__ != "strawberry.types.field"
        or definition.resolve.__module__ not in _OF_STRAWBERRY
    )


def _attribute(field: _StrawberryField) -> Attribute | None:
    name = field.python_name
    can_be_written = name.isidentifier() and not iskeyword(name)
    return Attribute(name) if can_be_written and field.default_resolver is getattr else None


def _method(resolver: _StrawberryResolver) -> Method | None:
    parameters = (resolver.root_parameter, resolver.parent_parameter)
    names = {parameter.name for parameter in parameters if parameter}
    if resolver.self_parameter:
        return None if names else Method(resolver.wrapped_func, None)
    return Method(resolver.wrapped_func, names.pop()) if len(names) == 1 else None


def _is_passed_on(argument: GraphQLArgument) -> bool:
    """Whether Strawberry passes the coerced value on as it is: a list is copied, an input built."""
    type_ = argument.type.of_type if is_non_null_type(argument.type) else argument.type
    is_maybe = getattr(argument.extensions.get(BACKREF), "is_maybe", True)
    return not is_maybe and (type_ in _PASSED_ON or is_enum_type(type_))
