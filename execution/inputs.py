"""Coerces the values of variables that are as they usually are; leaves all others to graphql-core.

It goes through a value twice, and asks of each part what type it has. What is to be done with a
text, a number, or a list of objects with all their fields is known from the type.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from graphql import (
    GraphQLBoolean,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLString,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
)

Coerce: TypeAlias = Callable[[Any], Any]
"""From a value that JSON can say to the coerced one; or raises `UnusualValueError`."""


class UnusualValueError(Exception):
    """graphql-core has to coerce this value, or to say what is wrong with it."""


def coercion(type_: GraphQLInputType, within: tuple[object, ...] = ()) -> Coerce:
    """What `graphql.coerce_input_value` does with usual values of this type."""
    if is_non_null_type(type_):
        return _of_value(type_.of_type, within)
    of_value = _of_value(type_, within)
    return lambda value: None if value is None else of_value(value)


def _of_value(type_: GraphQLInputType, within: tuple[object, ...]) -> Coerce:
    if is_list_type(type_):
        return _list(coercion(type_.of_type, within))
    if is_input_object_type(type_) and _is_usual(type_) and type_ not in within:
        return _object(type_, (*within, type_))
    return _LEAVES.get(type_, _refuse)


def _is_usual(type_: GraphQLInputObjectType) -> bool:
    return not type_.is_one_of and type_.out_type is GraphQLInputObjectType.out_type


def _list(of_item: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:
        return [of_item(item) for item in _require(value, list)]

    return coerce


def _object(type_: GraphQLInputObjectType, within: tuple[object, ...]) -> Coerce:
    fields = [
        (name, field.out_name or name, coercion(field.type, within))
        for name, field in type_.fields.items()
    ]

    def coerce(value: Any) -> Any:
        if len(_require(value, dict)) != len(fields):
            raise UnusualValueError
        try:
            return {out_name: of_field(value[name]) for name, out_name, of_field in fields}
        except KeyError:
            raise UnusualValueError from None

    return coerce


def _require(value: Any, class_: type) -> Any:
    if value.__class__ is class_:
        return value
    raise UnusualValueError


def _text(value: Any) -> Any:
    return _require(value, str)


def _boolean(value: Any) -> Any:
    return _require(value, bool)


def _int(value: Any) -> Any:
    if -(2**31) <= _require(value, int) < 2**31:
        return value
    raise UnusualValueError


def _refuse(_: Any) -> Any:
    raise UnusualValueError


_LEAVES: dict[object, Coerce] = {
    GraphQLString: _text,
    GraphQLID: _text,
    GraphQLBoolean: _boolean,
    GraphQLInt: _int,
}
