"""What Seatwise needs to know of Stripe's objects, in our words.

Plain values: amounts are in the currency's minor units, moments are UTC, ids are Stripe's. What
Stripe permits and our catalogue never makes (a weekly price, a tiered amount) reads as None.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db.enums import BillingInterval, BillingSessionStatus, SubscriptionStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeSubscription:
    """A subscription and its first item: we sell one price times a number of seats."""

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
    ended_at: datetime | None
    metadata: Mapping[str, str]


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
