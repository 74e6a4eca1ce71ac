"""Small values as Stripe writes them, in our types."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

import stripe

from db.enums import BillingInterval

RECURRENCE = {BillingInterval.MONTHLY: "month", BillingInterval.ANNUAL: "year"}
_INTERVALS = {
    ("month", 1): BillingInterval.MONTHLY,
    ("month", 12): BillingInterval.ANNUAL,
    ("year", 1): BillingInterval.ANNUAL,
}


PRODUCT_PREFIX = "seatwise_"
"""How the ids of our products begin. What has another product is sold by somebody else."""

Item = TypeVar("Item", bound=Any)


class _Identified(Protocol):
    id: str


def moment(seconds: int) -> datetime:
    """Stripe's Unix seconds."""
    return datetime.fromtimestamp(seconds, UTC)


def moment_or_none(seconds: int | None) -> datetime | None:
    """Stripe's Unix seconds, where there are some."""
    return None if seconds is None else moment(seconds)


def id_of(reference: str | _Identified) -> str:
    """The id of what may be a reference or the object itself."""
    return reference if isinstance(reference, str) else reference.id


def id_or_none(reference: str | _Identified | None) -> str | None:
    """The id, where there is a reference."""
    return None if reference is None else id_of(reference)


def interval_of(price: stripe.Price) -> BillingInterval | None:
    """Ours, or None for an interval that the catalogue never makes."""
    recurring = price.recurring
    return _INTERVALS.get((recurring.interval, recurring.interval_count)) if recurring else None


def ours_of(items: Sequence[Item]) -> Item:
    """The item that is seats of a plan; others may have been added in Stripe's dashboard."""
    ours = (one for one in items if id_of(one.price.product).startswith(PRODUCT_PREFIX))
    return next(ours, items[0])


def metadata_of(values: object) -> Mapping[str, str]:
    """Metadata as a plain dictionary; Stripe leaves it out of some objects."""
    if isinstance(values, stripe.StripeObject):
        return {str(key): str(value) for key, value in values.to_dict().items()}
    return {}
