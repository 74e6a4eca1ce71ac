"""The settings of Stripe Tax: https://docs.stripe.com/api/tax/settings."""

from sandbox.engine.account import Account, Resource
from sandbox.engine.operations import operation


@operation("GET", "/v1/tax/settings")
async def _retrieve_tax_settings(account: Account, params: Resource) -> Resource:  # noqa: ARG001 # none beside expand
    """Tax needs no setting up here (`tax.py` says what is charged)."""
    return {
        "object": "tax.settings",
        "defaults": {"provider": "stripe", "tax_behavior": "exclusive", "tax_code": None},
        "head_office": None,
        "livemode": False,
        "status": "active",
        "status_details": {"active": {}},
    }
