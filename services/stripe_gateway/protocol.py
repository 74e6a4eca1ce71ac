"""What Seatwise asks of Stripe.

Every write takes an `idempotency_key`, and otherwise only values that JSON can hold, since the
caller commits them in an intent before the call and may have to repeat it word for word (C2).
Every method raises `StripeUnavailableError`, `StripeRefusedError` or `StripeMissingError`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from db.enums import BillingInterval
from services.stripe_gateway.objects import (
    CheckoutSession,
    PortalSession,
    StripeEventEnvelope,
    StripePrice,
    StripeProduct,
    StripeSubscription,
)

INTENT_ID = "intent_id"
"""The metadata key under which a write carries its intent, so that it can be looked up (C2)."""


class CustomersAtStripe(Protocol):
    """Who pays. There is one customer per organization."""

    async def create_customer(
        self, *, name: str, email: str | None, metadata: Mapping[str, str], idempotency_key: str
    ) -> str:
        """Make a customer; returns its id."""

    async def update_customer(
        self, *, customer_id: str, name: str, email: str | None, idempotency_key: str
    ) -> None:
        """Set name and e-mail address; None clears the address."""

    async def find_customer(self, *, intent_id: str, created_after: datetime) -> str | None:
        """The customer that a write of this intent has made, if it has.

        Looks at customers made since `created_after`, less some minutes for clocks that differ.
        """


class BillingSessionsAtStripe(Protocol):
    """Visits to the pages of Stripe."""

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
    ) -> CheckoutSession:
        """Open a checkout that sells `seats` of the price as a subscription.

        `expires_at` is in Unix seconds, 30 minutes to 24 hours ahead. The subscription gets the
        metadata, too. The number of seats is fixed: it was checked with us.
        """

    async def get_checkout_session(self, session_id: str) -> CheckoutSession | None:
        """The session as it stands now; None when there is no such session."""

    async def expire_checkout_session(
        self, *, session_id: str, idempotency_key: str
    ) -> CheckoutSession:
        """Close an open session; one that is not open is refused."""

    async def find_checkout_session(
        self, customer_id: str, *, intent_id: str
    ) -> CheckoutSession | None:
        """The session that a write of this intent has opened, if it has."""

    async def create_portal_session(
        self, *, customer_id: str, return_url: str, idempotency_key: str
    ) -> PortalSession:
        """Open the billing portal."""


class SubscriptionsAtStripe(Protocol):
    """What customers have."""

    async def list_subscriptions(self, customer_id: str) -> tuple[StripeSubscription, ...]:
        """All subscriptions of a customer, the ended ones too, newest first."""


class ProductsAtStripe(Protocol):
    """What is for sale."""

    async def get_product(self, product_id: str) -> StripeProduct | None:
        """The product, archived or not; None when there is none."""

    async def create_product(
        self,
        *,
        product_id: str,
        name: str,
        description: str,
        metadata: Mapping[str, str],
        idempotency_key: str,
    ) -> StripeProduct:
        """Make a product under an id of our choice."""

    async def update_product(
        self, *, product_id: str, name: str, description: str, idempotency_key: str
    ) -> StripeProduct:
        """Name a product and put it on sale."""

    async def archive_product(self, *, product_id: str, idempotency_key: str) -> StripeProduct:
        """Take a product off sale, and with it all its prices."""

    async def list_prices(self, product_id: str) -> tuple[StripePrice, ...]:
        """All prices of a product, archived ones too."""

    async def create_price(
        self,
        *,
        product_id: str,
        currency: str,
        unit_amount: int,
        interval: BillingInterval,
        lookup_key: str,
        metadata: Mapping[str, str],
        idempotency_key: str,
    ) -> StripePrice:
        """Make a price and give it the lookup key, which any other price loses."""

    async def restore_price(
        self, *, price_id: str, lookup_key: str, idempotency_key: str
    ) -> StripePrice:
        """Put a price on sale and give it the lookup key, which any other price loses."""

    async def archive_price(self, *, price_id: str, idempotency_key: str) -> StripePrice:
        """Take a price off sale; subscriptions that have it keep it (B8)."""


class StripeGateway(
    CustomersAtStripe, BillingSessionsAtStripe, SubscriptionsAtStripe, ProductsAtStripe, Protocol
):
    """All of it, for one Stripe account."""

    def construct_event(self, raw: bytes, *, signature: str | None) -> StripeEventEnvelope:
        """Verify a webhook by its raw body and the `Stripe-Signature` header.

        Raises `InvalidWebhookError`, which tells apart a wrong signature, an old one and a body
        that is no event.
        """

    async def ping(self) -> None:
        """Ask Stripe something harmless: do address, key and network work?"""

    async def aclose(self) -> None:
        """Close the connections."""
