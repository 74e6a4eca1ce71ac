"""Visits to Stripe's checkout."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import stripe

from db.enums import BillingSessionStatus
from services.stripe_gateway.connection import PAGE_SIZE, StripeConnection
from services.stripe_gateway.errors import StripeMissingError
from services.stripe_gateway.objects import CheckoutSession
from services.stripe_gateway.protocol import INTENT_ID
from services.stripe_gateway.values import id_or_none, metadata_of, moment

if TYPE_CHECKING:
    from stripe.params.checkout import SessionCreateParams, SessionCreateParamsSubscriptionData

_STATUSES = {
    "open": BillingSessionStatus.OPEN,
    "complete": BillingSessionStatus.COMPLETED,
    "expired": BillingSessionStatus.EXPIRED,
}

_TAX: "SessionCreateParams" = {
    "automatic_tax": {"enabled": True},
    "billing_address_collection": "required",
    "customer_update": {"address": "auto", "name": "auto"},
    "tax_id_collection": {"enabled": True},
}


class HTTPBillingSessions(StripeConnection):
    """See `BillingSessionsAtStripe`."""

    async def create_checkout_session(
        self,
        *,
        customer_id: str,
        price_id: str,
        seats: int,
        success_url: str,
        cancel_url: str,
        expires_at: int,
        trial_days: int,
        client_reference_id: str,
        metadata: Mapping[str, str],
        idempotency_key: str,
        promotion_code_id: str | None = None,
        collects_tax: bool = False,
    ) -> CheckoutSession:
        """See `BillingSessionsAtStripe`."""
        params: SessionCreateParams = {
            "mode": "subscription",
            "customer": customer_id,
            "client_reference_id": client_reference_id,
            "line_items": [{"price": price_id, "quantity": seats}],
            "subscription_data": _subscription_data(metadata, trial_days=trial_days),
            "success_url": success_url,
            "cancel_url": cancel_url,
            "expires_at": expires_at,
            "metadata": dict(metadata),
        }
        if collects_tax:
            params |= _TAX
        if promotion_code_id is None:
            params["allow_promotion_codes"] = True
        else:
            params["discounts"] = [{"promotion_code": promotion_code_id}]
        async with self.writing():
            session = await self.v1.checkout.sessions.create_async(
                params, {"idempotency_key": idempotency_key}
            )
            return _checkout_session(session)

    async def get_checkout_session(self, session_id: str) -> CheckoutSession | None:
        """See `BillingSessionsAtStripe`."""
        try:
            async with self.reading():
                return _checkout_session(await self.v1.checkout.sessions.retrieve_async(session_id))
        except StripeMissingError:
            return None

    async def expire_checkout_session(
        self, *, session_id: str, idempotency_key: str
    ) -> CheckoutSession:
        """See `BillingSessionsAtStripe`."""
        async with self.writing():
            session = await self.v1.checkout.sessions.expire_async(
                session_id, {}, {"idempotency_key": idempotency_key}
            )
            return _checkout_session(session)

    async def find_checkout_session(
        self, customer_id: str, *, intent_id: str
    ) -> CheckoutSession | None:
        """See `BillingSessionsAtStripe`."""
        async with self.reading():
            page = await self.v1.checkout.sessions.list_async(
                {"customer": customer_id, "limit": PAGE_SIZE}
            )
            async for session in page.auto_paging_iter():
                if metadata_of(session.metadata).get(INTENT_ID) == intent_id:
                    return _checkout_session(session)
        return None


def _subscription_data(
    metadata: Mapping[str, str], *, trial_days: int
) -> "SessionCreateParamsSubscriptionData":
    data: SessionCreateParamsSubscriptionData = {
        "metadata": dict(metadata),
        "billing_mode": {"type": "flexible"},
    }
    if trial_days:
        data["trial_period_days"] = trial_days
    return data


def _checkout_session(session: stripe.checkout.Session) -> CheckoutSession:
    if session.status is None:
        raise ValueError("a checkout session without a status")
    return CheckoutSession(
        id=session.id,
        customer_id=id_or_none(session.customer),
        url=session.url,
        status=_STATUSES[session.status],
        expires_at=moment(session.expires_at),
        subscription_id=id_or_none(session.subscription),
        metadata=metadata_of(session.metadata),
    )
