"""Values on their way into a result: passed through, serialized, or refused."""

from __future__ import annotations

from collections.abc import Callable
from types import CoroutineType, GeneratorType, NoneType
from typing import NoReturn

from graphql import (
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
)
from graphql.pyutils import Undefined

PASSED_THROUGH: dict[GraphQLLeafType, tuple[type, str]] = {
    GraphQLString: (str, ""),
    GraphQLID: (str, ""),
    GraphQLBoolean: (bool, ""),
    GraphQLInt: (int, " and -2147483648 <= {x} <= 2147483647"),
    GraphQLFloat: (float, " and isfinite({x})"),
}
"""What the built-in scalars answer as it is: values of exactly this class, with this further test.
A subclass may have ideas of its own, so it takes the way through the scalar's serializer."""


class CannotCompleteError(Exception):
    """Compiled code met a value that it leaves to graphql-core."""


class AsyncValueError(CannotCompleteError):
    """The value is awaitable: code that met one will meet more."""


class _PlainClasses(dict[type, bool]):
    """Whether objects of a class are values to complete: not null, an error, or still to come.

    Answers are kept: there are only as many as the program has classes of results.
    """

    def __missing__(self, class_: type) -> bool:
        refused = (NoneType, Exception, CoroutineType, GeneratorType, type(Undefined))
        self[class_] = not issubclass(class_, refused) and not hasattr(class_, "__await__")
        return self[class_]


PLAIN = _PlainClasses()


def refuse(value: object) -> CannotCompleteError:
    """The error for a value that is not plain."""
    if hasattr(value, "__await__"):
        return AsyncValueError()
    return CannotCompleteError()


def leave(value: object) -> NoReturn:
    """For a value whose type is not known before it is there."""
    raise refuse(value)


def called(value: object) -> object:
    """The value that a resolver returned, if it can be completed now."""
    if value is None or PLAIN[type(value)]:
        return value
    if isinstance(value, CoroutineType):
        value.close()
        raise AsyncValueError
    raise refuse(value)


def as_list(value: object) -> list[object] | tuple[object, ...]:
    """A list to walk; other iterables may not survive being read twice."""
    if isinstance(value, (list, tuple)) and not hasattr(value, "__aiter__"):
        return value
    raise refuse(value)


def serializer(type_: GraphQLLeafType) -> Callable[[object], object]:
    """Completes a scalar or an enum, null excepted, as graphql-core does; or raises."""
    coerce = type_.coerce_output_value

    def serialize(value: object) -> object:
        if PLAIN[type(value)]:
            coerced = coerce(value)
            if coerced is not None and coerced is not Undefined:
                return coerced
        raise refuse(value)

    return serialize


def enum_names(type_: GraphQLLeafType) -> tuple[type, dict[object, str]] | None:
    """A Strawberry enum's class, and the names of its members; None for other types."""
    class_ = getattr(type_, "wrapped_cls", None)
    if class_ is None:
        return None
    return class_, {member: type_.coerce_output_value(member) for member in class_}
