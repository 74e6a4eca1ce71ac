"""The billing portal: what it offers, and visits to it."""

import hashlib
from typing import TYPE_CHECKING

import orjson

from services.stripe_gateway.connection import StripeConnection
from services.stripe_gateway.objects import PortalSession
from services.stripe_gateway.values import metadata_of

if TYPE_CHECKING:
    from stripe.params.billing_portal import (
        ConfigurationCreateParamsFeatures,
        SessionCreateParams,
        SessionCreateParamsFlowData,
    )

FEATURES: "ConfigurationCreateParamsFeatures" = {
    "customer_update": {"enabled": True, "allowed_updates": ["address", "tax_id"]},
    "invoice_history": {"enabled": True},
    "payment_method_update": {"enabled": True},
    "subscription_cancel": {
        "enabled": True,
        "mode": "at_period_end",
        "cancellation_reason": {
            "enabled": True,
            "options": [
                "too_expensive",
                "missing_features",
                "switched_service",
                "unused",
                "customer_service",
                "too_complex",
                "low_quality",
                "other",
            ],
        },
    },
    "subscription_update": {"enabled": False},
}
"""No edits of plan or seats: Stripe's portal could not check them against our rules."""

MARK = "seatwise_portal"
"""Metadata that marks a configuration as ours, with a digest of what it offers."""
_OFFERED = hashlib.sha256(orjson.dumps(FEATURES)).hexdigest()[:16]


class HTTPPortal(StripeConnection):
    """See `PortalAtStripe`."""

    async def create_portal_session(
        self,
        *,
        customer_id: str,
        return_url: str,
        configuration_id: str | None = None,
        flow: str | None = None,
        subscription_id: str | None = None,
        idempotency_key: str,
    ) -> PortalSession:
        """See `PortalAtStripe`."""
        params: SessionCreateParams = {"customer": customer_id, "return_url": return_url}
        if configuration_id is not None:
            params["configuration"] = configuration_id
        if flow is not None:
            data: SessionCreateParamsFlowData = {"type": flow}
            if subscription_id is not None:
                data["subscription_cancel"] = {"subscription": subscription_id}
            params["flow_data"] = data
        async with self.writing():
            session = await self.v1.billing_portal.sessions.create_async(
                params, {"idempotency_key": idempotency_key}
            )
            return PortalSession(id=session.id, url=session.url)

    async def find_portal_configuration(self) -> str | None:
        """See `PortalAtStripe`."""
        async with self.reading():
            page = await self.v1.billing_portal.configurations.list_async({"active": True})
            async for each in page.auto_paging_iter():
                if metadata_of(each.metadata).get(MARK) == _OFFERED:
                    return each.id
        return None

    async def put_portal_configuration(self, *, idempotency_key: str) -> str:
        """See `PortalAtStripe`."""
        if found := await self.find_portal_configuration():
            return found
        async with self.writing():
            made = await self.v1.billing_portal.configurations.create_async(
                {"features": FEATURES, "metadata": {MARK: _OFFERED}},
                {"idempotency_key": idempotency_key},
            )
            return made.id
