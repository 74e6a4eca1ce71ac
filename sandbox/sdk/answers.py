"""Checks what the sandbox answers against the resource classes of the SDK.

This keeps the stand-in honest: a field that Stripe's SDK does not know, one that it promises and
the sandbox forgot, or a value of another type is an error of the sandbox, never an answer.
"""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any

from stripe._object_classes import OBJECT_CLASSES

from sandbox.sdk.annotations import shape_of_resource
from sandbox.sdk.shapes import (
    AnyOf,
    DictOf,
    Fields,
    ListOf,
    Nullable,
    OneOf,
    Reference,
    Scalar,
    Shape,
)

_DELETED = {"id", "object", "deleted"}
_MESSAGE_LIMIT = 10


class DishonestAnswerError(Exception):
    """The sandbox was about to answer what Stripe's SDK does not describe."""


def check_answer(answer: dict[str, Any], shape: Shape) -> None:
    """Passes when `answer` is what the route answers.

    Raises:
        DishonestAnswerError: naming each field that is wrong.
    """
    _raise_for(list(_faults(shape, answer, str(answer.get("object", "answer")))))


def check_object(resource: dict[str, Any]) -> None:
    """Passes when an object, such as that of an event, is what its class describes.

    Raises:
        DishonestAnswerError: naming each field that is wrong.
    """
    _raise_for(list(_faults(shape_of_object(resource["object"]), resource, resource["object"])))


@cache
def shape_of_object(name: str) -> Fields:
    """The shape of the objects whose `object` is `name`."""
    module, class_name = OBJECT_CLASSES[name]
    return shape_of_resource(getattr(import_module(module), class_name))


def _raise_for(faults: list[str]) -> None:
    if faults:
        raise DishonestAnswerError("; ".join(faults[:_MESSAGE_LIMIT]))


def _faults(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if isinstance(shape, Nullable):
        if value is not None:
            yield from _faults(shape.item, value, path)
    elif isinstance(shape, Reference):
        if not isinstance(value, str):
            yield from _faults(shape.target, value, path)
    else:
        yield from _faults_of_value(shape, value, path)


def _faults_of_value(shape: Shape, value: Any, path: str) -> Iterator[str]:
    match shape:
        case Fields():
            yield from _faults_of_fields(shape, value, path)
        case ListOf():
            yield from _faults_of_list(shape, value, path)
        case DictOf():
            yield from _faults_of_dict(shape, value, path)
        case AnyOf():
            yield from _faults_of_any(shape, value, path)
        case OneOf() | Scalar():
            yield from _faults_of_leaf(shape, value, path)
        case _:
            return


def _faults_of_fields(shape: Fields, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is no {shape.name}"
        return
    if value.get("deleted") is True and value.keys() == _DELETED:
        return
    for name in shape.required - value.keys():
        yield f"{path}.{name}: missing"
    fields = shape.fields
    for name, item in value.items():
        if name in fields:
            yield from _faults(fields[name], item, f"{path}.{name}")
        else:
            yield f"{path}.{name}: unknown to the SDK"


def _faults_of_list(shape: ListOf, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{path}: {value!r} is no list"
        return
    for index, item in enumerate(value):
        yield from _faults(shape.item, item, f"{path}[{index}]")


def _faults_of_dict(shape: DictOf, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is no dictionary"
        return
    for name, item in value.items():
        yield from _faults(shape.item, item, f"{path}[{name}]")


def _faults_of_any(shape: AnyOf, value: Any, path: str) -> Iterator[str]:
    found = [list(_faults(option, value, path)) for option in _candidates(shape, value)]
    if all(found):
        yield from min(found, key=len)


def _candidates(shape: AnyOf, value: Any) -> list[Shape]:
    """Of several resources only the one that `object` names is worth a look."""
    if isinstance(value, dict) and isinstance(value.get("object"), str):
        named = [
            option
            for option in shape.options
            if isinstance(option, Fields)
            and option.fields.get("object") == OneOf((value["object"],))
        ]
        return list(named) or list(shape.options)
    return list(shape.options)


def _faults_of_leaf(shape: OneOf | Scalar, value: Any, path: str) -> Iterator[str]:
    if isinstance(shape, OneOf):
        if value not in shape.values:
            yield f"{path}: {value!r} is none of {shape.values[:12]}"
    elif not _is_of(shape.kind, value):
        yield f"{path}: {value!r} is no {shape.kind.__name__}"


def _is_of(kind: type, value: Any) -> bool:
    if kind is str:
        return isinstance(value, str)
    if kind is bool:
        return isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)  # decimals travel as strings
