"""Events: what happened to an object, with the values it had before."""

from typing import TYPE_CHECKING, Any

from sandbox.engine.render import render
from sandbox.sdk.version import API_VERSION

if TYPE_CHECKING:
    from sandbox.engine.account import Caller


def describe_event(
    name: str, resource: dict[str, Any], *, previous: dict[str, Any] | None, caller: "Caller"
) -> dict[str, Any]:
    """The event object; `previous` is given for updates only."""
    data: dict[str, Any] = {"object": render(resource)}
    if previous is not None:
        data["previous_attributes"] = previous
    return {
        "api_version": API_VERSION,
        "data": data,
        "pending_webhooks": 1,
        "request": {"id": caller.request_id, "idempotency_key": caller.idempotency_key},
        "type": name,
    }


def changed_values(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The old values of what changed; inside dictionaries only the keys that changed."""
    shown_before, shown_after = render(before), render(after)
    return {
        key: _old_value(shown_before.get(key), shown_after.get(key))
        for key in shown_before.keys() | shown_after.keys()
        if shown_before.get(key) != shown_after.get(key)
    }


def _old_value(before: Any, after: Any) -> Any:
    if isinstance(before, dict) and isinstance(after, dict):
        return {key: value for key, value in before.items() if after.get(key) != value}
    return before
