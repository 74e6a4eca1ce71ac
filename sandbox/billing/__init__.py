"""Stripe's billing resources, one module each."""

from importlib import import_module

_RESOURCES = (
    "checkout", "coupons", "customers", "invoices", "payment_methods", "payments",
    "portal", "portal_configurations", "previews", "prices", "products", "records", "renewals",
    "schedules", "subscriptions", "tax_ids", "tax_settings", "webhook_endpoints",
)  # fmt: skip


def register_all() -> None:
    """Imports every resource, so that its operations and moments are registered."""
    for name in _RESOURCES:
        import_module(f"{__name__}.{name}")
