"""What Seatwise asks of Stripe.

Every write takes an `idempotency_key`, and otherwise only values that JSON can hold, since the
caller commits them in an intent before the call and may have to repeat it word for word (C2).
Every method raises `StripeUnavailableError`, `StripeRefusedError` or `StripeMissingError`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypedDict, Unpack

from db.enums import BillingInterval
from services.stripe_gateway.account import StripeAccount, StripeWebhookEndpoint
from services.stripe_gateway.objects import (
    CheckoutSession,
    PortalSession,
    StripeChange,
    StripeCustomer,
    StripeEventEnvelope,
    StripeInvoice,
    StripePage,
    StripePendingUpdate,
    StripePrice,
    StripeProduct,
    StripeReference,
    StripeSchedule,
    StripeSubscription,
)

INTENT_ID = "intent_id"
"""The metadata key under which a write carries its intent, so that it can be looked up (C2)."""


class AccountAtStripe(Protocol):
    """The account itself. Nothing of it is changed."""

    async def get_account(self) -> StripeAccount:
        """Whose key it is; how far the clocks differ."""

    async def list_unreadable(self) -> tuple[str, ...]:
        """What a restricted key may not read though we do, in Stripe's words."""

    async def list_webhook_endpoints(self) -> tuple[StripeWebhookEndpoint, ...]:
        """Where Stripe sends events."""

    async def list_missing_tax_settings(self) -> tuple[str, ...]:
        """What Stripe Tax still has to be told; nothing when it is active."""


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

    async def get_customer(self, customer_id: str) -> StripeCustomer:
        """The customer as it stands now, also when it was deleted."""

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
        promotion_code_id: str | None = None,
        collects_tax: bool = False,
    ) -> CheckoutSession:
        """Open a checkout that sells `seats` of the price as a subscription.

        `expires_at` is in Unix seconds, 30 minutes to 24 hours ahead. The subscription gets the
        metadata, too. The number of seats is fixed: it was checked with us. Without a promotion
        code, one can be typed there. `collects_tax`: asks for address and tax id, and adds tax.
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


class PortalAtStripe(Protocol):
    """Stripe's billing portal."""

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
        """Open the portal, or one of its flows in Stripe's words (`payment_method_update`...).

        `subscription_id` is what the flow `subscription_cancel` cancels.
        """

    async def find_portal_configuration(self) -> str | None:
        """The id of an active configuration that offers what ours does; None when there is none."""

    async def put_portal_configuration(self, *, idempotency_key: str) -> str:
        """The id of the configuration that offers what ours does; made when there is none."""


class SubscriptionsAtStripe(Protocol):
    """What customers have."""

    async def list_subscriptions(self, customer_id: str) -> tuple[StripeSubscription, ...]:
        """All subscriptions of a customer, the ended ones too, newest first."""

    async def get_subscription(self, subscription_id: str) -> StripeSubscription | None:
        """The subscription as it stands now; None when there is none."""

    async def change_subscription(
        self,
        *,
        subscription_id: str,
        item_id: str,
        price_id: str | None,
        seats: int,
        proration_date: int | None,
        idempotency_key: str,
    ) -> StripeChange:
        """Change price and seats now, invoiced now; the change counts when it is paid (B6).

        `price_id` None keeps the price, whichever it is. `proration_date` is in Unix seconds; None
        means now.
        """

    async def explain_change(
        self, subscription_id: str, awaits: StripePendingUpdate | None
    ) -> StripeChange:
        """What a change that was made before waits for."""

    async def cancel_at_period_end(
        self,
        *,
        subscription_id: str,
        feedback: str | None,
        comment: str | None,
        idempotency_key: str,
    ) -> None:
        """Let it end with the paid period. `feedback` is a `CancellationFeedback`."""

    async def cancel_subscription(self, *, subscription_id: str, idempotency_key: str) -> None:
        """End it at once: nothing is charged any more, and nothing is given back."""

    async def resume_subscription(
        self, *, subscription_id: str, cancels_at_period_end: bool, idempotency_key: str
    ) -> None:
        """Call a cancellation off; `cancels_at_period_end` says which of the two ways set it."""


class PlannedPhases(TypedDict):
    """What a subscription under a schedule goes over to, and when. Other items stay as they are."""

    phase_began_at: int
    """Unix seconds; has to be what the schedule says."""
    changes_at: int
    """Unix seconds."""
    in_trial: bool
    """A trial lasts until then."""
    next_price_id: str | None
    """None keeps the price."""
    next_seats: int
    next_interval: str
    """A `BillingInterval`: the schedule lets go of the subscription after one."""
    discount_ids: Sequence[str]


class SchedulesAtStripe(Protocol):
    """Changes that wait for the end of the period."""

    async def create_schedule(
        self, *, subscription_id: str, idempotency_key: str
    ) -> StripeSchedule | None:
        """Put a subscription under a schedule that changes nothing yet."""

    async def update_schedule(
        self,
        *,
        schedule_id: str,
        metadata: Mapping[str, str],
        idempotency_key: str,
        **planned: Unpack[PlannedPhases],
    ) -> StripeSchedule | None:
        """Let price and seats change as planned, in place of other plans."""

    async def preview_schedule(
        self, *, schedule_id: str, **planned: Unpack[PlannedPhases]
    ) -> StripeInvoice:
        """The next regular invoice, once the schedule is updated so."""

    async def release_schedule(self, *, schedule_id: str, idempotency_key: str) -> None:
        """Let a subscription go on as it is, without what was planned."""

    async def get_schedule(self, schedule_id: str) -> StripeSchedule | None:
        """The schedule; None when it decides nothing any more."""


class InvoicesAtStripe(Protocol):
    """What was charged, and what would be."""

    async def list_invoices(
        self, customer_id: str, *, created_from: datetime | None
    ) -> tuple[StripeInvoice, ...]:
        """A customer's invoices made at `created_from` or later, newest first."""

    async def get_invoice(self, invoice_id: str) -> StripeInvoice | None:
        """The invoice as it stands now; None when there is none."""

    async def void_invoice(self, *, invoice_id: str, idempotency_key: str) -> None:
        """Declare an open invoice void. A change that waited for it is dropped."""

    async def preview_next(self, subscription_id: str) -> StripeInvoice | None:
        """The next invoice, as things stand and as the schedule plans; None: there will be none."""

    async def preview_change(
        self,
        subscription_id: str,
        *,
        item_id: str,
        price_id: str | None,
        seats: int,
        proration_date: datetime | None,
    ) -> StripeInvoice:
        """The invoice that a change at `proration_date` would make at once.

        `price_id` None keeps the price. Without a date: the next regular one after a change that is
        not prorated.
        """


class AccountListsAtStripe(Protocol):
    """What the whole account has, newest first, a page for each call.

    `after` is the `last_id` of the page before; a customer who was deleted since then is
    `StripeMissingError`. With `customer_id` only what that customer has.
    """

    async def list_living_subscriptions(
        self, *, after: str | None, customer_id: str | None = None
    ) -> StripePage[StripeSubscription]:
        """The subscriptions that are not over."""

    async def list_open_invoices(
        self, *, after: str | None, customer_id: str | None = None
    ) -> StripePage[StripeReference]:
        """The invoices that are to be paid."""

    async def list_open_checkout_sessions(
        self, *, after: str | None, customer_id: str | None = None
    ) -> StripePage[StripeReference]:
        """The checkouts that were neither paid nor have expired."""

    async def list_customers(self, *, after: str | None) -> StripePage[StripeReference]:
        """The customers that were not deleted."""


class PromotionCodesAtStripe(Protocol):
    """What customers type to get a discount."""

    async def find_promotion_code(self, code: str, *, customer_id: str | None) -> str | None:
        """The active promotion code that reads so, whichever the case: the customer's own, or else
        everybody's. None where there is none of them.
        """


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
    AccountAtStripe,
    CustomersAtStripe,
    BillingSessionsAtStripe,
    PortalAtStripe,
    SubscriptionsAtStripe,
    SchedulesAtStripe,
    InvoicesAtStripe,
    AccountListsAtStripe,
    PromotionCodesAtStripe,
    ProductsAtStripe,
    Protocol,
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
