"""From the stored object to the one that Stripe shows: no private keys, nothing unasked for."""

from typing import Any

# Fields that Stripe leaves out unless `expand` names them (docs.stripe.com/api/expanding_objects).
ON_DEMAND: dict[str, frozenset[str]] = {
    "checkout.session": frozenset({"line_items"}),
    "coupon": frozenset({"applies_to", "currency_options"}),
    "customer": frozenset({"sources", "subscriptions", "tax", "tax_ids"}),
    "invoice": frozenset({"confirmation_secret", "payments"}),
    "price": frozenset({"currency_options"}),
}
_NONE: frozenset[str] = frozenset()


def render(value: Any) -> Any:
    """A copy without private keys and without the fields that are shown on demand only."""
    if isinstance(value, dict):
        hidden = hidden_fields(value)
        return {key: render(item) for key, item in value.items() if key not in hidden}
    if isinstance(value, list):
        return [render(item) for item in value]
    return value


def hidden_fields(value: dict[str, Any]) -> frozenset[str]:
    """The keys of an object that are not shown; other dictionaries (metadata) hide nothing."""
    kind = value.get("object")
    if not isinstance(kind, str):
        return _NONE
    private = {key for key in value if key.startswith("_")}
    return ON_DEMAND.get(kind, _NONE) | private
