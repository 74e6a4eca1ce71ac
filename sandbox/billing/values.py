"""Small things that every resource does with its parameters."""

from collections.abc import Iterable
from typing import Any

from sandbox.engine.account import Resource
from sandbox.errors import not_in_sandbox

NO_ADDRESS: Resource = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def merge_metadata(current: dict[str, str] | None, wanted: dict[str, str] | str) -> dict[str, str]:
    """Adds keys; an empty value unsets its key, an empty `wanted` all of them."""
    if isinstance(wanted, str):
        return {}
    merged = {**(current or {}), **wanted}
    return {key: value for key, value in merged.items() if value != ""}


def update_fields(resource: Resource, params: Resource, names: Iterable[str]) -> None:
    """Copies the given parameters; an empty string unsets a field, metadata is merged."""
    for name in names:
        if name in params:
            resource[name] = unset_if_empty(params[name])
    if "metadata" in params:
        resource["metadata"] = merge_metadata(resource.get("metadata"), params["metadata"])


def unset_if_empty(value: Any) -> Any:
    """Stripe's form encoding has no null: an empty string stands for it."""
    return None if value == "" else value


def fill_address(given: Resource | str | None) -> Resource | None:
    """An address with all of its keys, or None."""
    return {**NO_ADDRESS, **given} if isinstance(given, dict) else None


def refuse_unsupported(params: Resource, supported: Iterable[str], *, what: str) -> None:
    """A parameter that Stripe knows and the sandbox would ignore is refused instead.

    Raises:
        StripeError: `sandbox_not_implemented`, naming the parameter.
    """
    if unsupported := sorted(params.keys() - set(supported)):
        raise not_in_sandbox(f"the parameter {unsupported[0]} of {what}")
