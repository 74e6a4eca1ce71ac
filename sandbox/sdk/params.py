"""Checks a request's parameters against the SDK's types and reads them from their form.

Refusals use Stripe's codes: `parameter_unknown`, `parameter_missing`, `parameter_invalid_empty`,
`parameter_invalid_integer` (https://docs.stripe.com/error-codes).
"""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.errors import (
    StripeError,
    empty_parameter,
    invalid,
    missing_parameter,
    unknown_parameter,
)
from sandbox.sdk.forms import Raw
from sandbox.sdk.shapes import (
    AnyOf,
    DictOf,
    Fields,
    ListOf,
    OneOf,
    Scalar,
    Shape,
)

_INTEGER = re.compile(r"^-?\d{1,18}$")


def read_params(shape: Fields, raw: dict[str, Raw]) -> dict[str, Any]:
    """The typed parameters of a request.

    Raises:
        StripeError: a parameter is unknown, missing or of the wrong type.
    """
    return _read_fields(shape, raw, "")


def _read(shape: Shape, raw: Raw, name: str) -> Any:
    """By the kind of shape; `Anything` is taken as it is."""
    value: Any = raw
    match shape:
        case Scalar():
            value = _read_scalar(shape.kind, raw, name)
        case OneOf():
            value = _read_choice(shape, raw, name)
        case ListOf():
            value = _read_list(shape, raw, name)
        case DictOf():
            value = _read_dict(shape, raw, name)
        case AnyOf():
            value = _read_any(shape, raw, name)
        case Fields():
            value = _read_fields(shape, _container(raw, name), name)
    return value


def _read_fields(shape: Fields, raw: dict[str, Raw], name: str) -> dict[str, Any]:
    for key in raw:
        if key not in shape.fields:
            raise unknown_parameter(_join(name, key))
    for key in sorted(shape.required):
        if key not in raw:
            raise missing_parameter(_join(name, key))
    return {key: _read(shape.fields[key], value, _join(name, key)) for key, value in raw.items()}


def _read_list(shape: ListOf, raw: Raw, name: str) -> list[Any]:
    container = _container(raw, name, kind="array")
    if not all(key.isdigit() for key in container):
        raise invalid("Invalid array", param=name)
    keys = sorted(container, key=int)
    return [_read(shape.item, container[key], f"{name}[{key}]") for key in keys]


def _read_dict(shape: DictOf, raw: Raw, name: str) -> dict[str, Any]:
    container = _container(raw, name)
    if shape.item == Scalar(str):  # a key with an empty value is unset, as metadata does
        return {key: _string(value, f"{name}[{key}]") for key, value in container.items()}
    return {key: _read(shape.item, value, f"{name}[{key}]") for key, value in container.items()}


def _read_any(shape: AnyOf, raw: Raw, name: str) -> Any:
    """The first alternative that fits; the refusal is that of the alternative that came closest."""
    if raw == "":
        return _read_empty(shape, name)
    refusals: list[StripeError] = []
    for option in shape.options:
        try:
            return _read(option, raw, name)
        except StripeError as refusal:
            refusals.append(refusal)
    return _refuse_closest(refusals, raw)


def _read_empty(shape: AnyOf, name: str) -> str:
    if any(isinstance(option, OneOf) and "" in option.values for option in shape.options):
        return ""
    raise empty_parameter(name)


def _refuse_closest(refusals: list[StripeError], raw: Raw) -> Any:
    wanted = ("Invalid array", "Invalid object") if isinstance(raw, str) else ("Invalid string",)
    close = [r for r in refusals if not str(r).startswith(wanted)]
    choices = [r for r in close if not str(r).startswith("Invalid object")]
    raise (choices or close or refusals)[-1]


def _read_choice(shape: OneOf, raw: Raw, name: str) -> str | int | bool:
    for value in shape.values:
        if raw == (str(value).lower() if isinstance(value, bool) else str(value)):
            return value
    if not isinstance(raw, str):
        raise invalid(f"Invalid string: {raw}", param=name)
    values = [str(value) for value in shape.values if value != ""]
    listed = " or ".join(filter(None, [", ".join(values[:-1]), values[-1]])) if values else "''"
    raise invalid(f"Invalid {name}: must be one of {listed}", param=name)


def _read_scalar(kind: type, raw: Raw, name: str) -> Any:
    text = _string(raw, name)
    if text == "":
        raise empty_parameter(name)
    if kind is int:
        return _integer(text, name)
    if kind is bool:
        return _boolean(text, name)
    return text if kind is str else _number(text, name, kind)


def _integer(text: str, name: str) -> int:
    if not _INTEGER.match(text):
        raise invalid(f"Invalid integer: {text}", param=name, code="parameter_invalid_integer")
    return int(text)


def _boolean(text: str, name: str) -> bool:
    if text not in ("true", "false"):
        raise invalid(f"Invalid boolean: {text}", param=name)
    return text == "true"


def _number(text: str, name: str, kind: type) -> Decimal | float:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise invalid(f"Invalid decimal: {text}", param=name) from None
    return float(number) if kind is float else number


def _string(raw: Raw, name: str) -> str:
    if not isinstance(raw, str):
        raise invalid(f"Invalid string: {raw}", param=name)
    return raw


def _container(raw: Raw, name: str, *, kind: str = "object") -> dict[str, Raw]:
    if isinstance(raw, str):
        raise invalid(f"Invalid {kind}", param=name)
    return raw


def _join(name: str, key: str) -> str:
    return f"{name}[{key}]" if name else key
