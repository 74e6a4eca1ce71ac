"""What Seatwise needs to know of Stripe's objects, in our words.

Plain values: amounts are in the currency's minor units, moments are UTC, ids are Stripe's. What
Stripe permits and our catalogue never makes (a weekly price, a tiered amount) reads as None.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from db.enums import (
    BillingInterval,
    BillingSessionStatus,
    InvoiceStatus,
    SubscriptionStatus,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StripePage(Generic[T]):
    """A page of a list of the account, newest first, at most a hundred."""

    items: tuple[T, ...]
    last_id: str | None
    """What the next page begins after; None: this is the last one."""


@dataclass(frozen=True, slots=True)
class StripeReference:
    """An object of the account, and whose it is."""

    id: str
    customer_id: str | None


@dataclass(frozen=True, slots=True)
class StripeCustomer:
    """A customer; of a deleted one Stripe keeps the id only."""

    id: str
    is_deleted: bool
    payment_method: "StripePaymentMethod | None"
    """What its invoices are charged to, unless a subscription has its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeTerms:
    """What is subscribed, or will be: a price times a number of seats."""

    stripe_price_id: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeSchedule:
    """A schedule that is attached to a subscription."""

    id: str
    phase_began_at: datetime
    """When the phase began in which the subscription is now."""
    next_terms: StripeTerms | None
    """What the phase after that has; None when there is none."""
    next_at: datetime | None
    intent_id: str | None
    """The intent of ours that scheduled the change; None for a schedule made elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StripePendingUpdate:
    """A change that counts when it is paid; Stripe drops it at `expires_at`."""

    terms: StripeTerms
    expires_at: datetime
    invoice_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StripePaymentMethod:
    """What is charged. `brand` names the kind of payment method where it is no card."""

    brand: str
    last4: str | None
    expires_month: int | None
    expires_year: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeSubscription:
    """A subscription and its item that is ours: we sell one price times a number of seats."""

    id: str
    customer_id: str
    status: SubscriptionStatus
    item_id: str
    stripe_price_id: str
    stripe_product_id: str
    unit_amount: int | None
    currency: str
    interval: BillingInterval | None
    quantity: int
    began_at: datetime
    current_period_start: datetime
    current_period_end: datetime
    trial_ends_at: datetime | None
    ends_at: datetime | None
    """A cancellation is scheduled for this moment; None once it has ended."""
    cancels_at_period_end: bool
    """Whether `ends_at` comes from this flag; else from `cancel_at`."""
    ended_at: datetime | None
    trial_began_at: datetime | None
    discount_ids: tuple[str, ...]
    schedule: StripeSchedule | None
    pending_update: StripePendingUpdate | None
    payment_method: StripePaymentMethod | None
    """The subscription's own; None: the customer's is charged."""
    metadata: Mapping[str, str]

    @property
    def terms(self) -> StripeTerms:
        """What is subscribed now."""
        return StripeTerms(stripe_price_id=self.stripe_price_id, quantity=self.quantity)


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeInvoiceLine:
    """A credit (negative) or a charge for a time. Amounts before discount and tax."""

    description: str
    amount: int
    quantity: int | None
    period_start: datetime
    period_end: datetime
    proration: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeInvoice:
    """An invoice, or the preview of one (then `id` means nothing)."""

    id: str
    subscription_id: str | None
    number: str | None
    status: InvoiceStatus
    currency: str
    subtotal: int
    discount: int
    tax: int
    total: int
    amount_due: int
    amount_paid: int
    created_at: datetime
    attempted: bool
    hosted_url: str | None
    pdf_url: str | None
    lines: tuple[StripeInvoiceLine, ...]

    @property
    def period_start(self) -> datetime:
        """The beginning of the time that it is for: Stripe's own fields mean something else."""
        return min((line.period_start for line in self.lines), default=self.created_at)

    @property
    def period_end(self) -> datetime:
        """The end of the time that it is for."""
        return max((line.period_end for line in self.lines), default=self.created_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeChange:
    """What came of a change that takes effect now: done, or waiting for payment."""

    subscription_id: str
    awaits: StripePendingUpdate | None
    pay_url: str | None
    needs_action: bool
    """The customer has to do something, such as 3-D Secure; otherwise the payment was declined."""
    problem: str | None
    """Why the payment was declined, in Stripe's words for the customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutSession:
    """A visit to Stripe's checkout. `url` is None once it is no longer open."""

    id: str
    customer_id: str | None
    url: str | None
    status: BillingSessionStatus
    expires_at: datetime
    subscription_id: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalSession:
    """A visit to Stripe's billing portal. Stripe tells neither a status nor an expiry."""

    id: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeProduct:
    """What a plan is called at Stripe."""

    id: str
    name: str
    description: str | None
    active: bool
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StripePrice:
    """Per unit and interval. Only `active` and the names can change, never the terms."""

    id: str
    product_id: str
    active: bool
    currency: str
    unit_amount: int | None
    interval: BillingInterval | None
    lookup_key: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeEventEnvelope:
    """A verified webhook event: a signal to fetch `object_id`, never data to apply (C1)."""

    id: str
    type: str
    api_version: str | None
    created_at: datetime
    object_id: str | None
    object_type: str | None
    customer_id: str | None
    """The customer whom the event is about, also when the object is that customer."""
    payload: Mapping[str, Any]
