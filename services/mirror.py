"""Choosing which of Stripe's subscriptions counts, and writing it into its row (B1-B3)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from db.enums import DEAD, ENTITLED, EXPIRED
from db.models import Subscription
from services.global_ids import encode
from services.stripe_gateway import PRODUCT_PREFIX, StripeSubscription
from services.views import PriceView


def is_ours(fetched: StripeSubscription, organization_id: UUID, *, is_mirrored: bool) -> bool:
    """Whether it is seats of a plan, or was made for the organization, or was mirrored before.

    The same customer may have something else, which other people sell and look after.
    """
    return (
        fetched.stripe_product_id.startswith(PRODUCT_PREFIX)
        or is_mirrored
        or fetched.metadata.get("organization_id") == str(organization_id)
    )


def choose(subscriptions: Sequence[StripeSubscription]) -> StripeSubscription | None:
    """The one that counts.

    Of several living ones the entitled one that began first; with no entitled one, the living one
    that began first; with none alive, the one that began last.
    """
    living = [one for one in subscriptions if one.status not in DEAD]
    entitled = [one for one in living if one.status in ENTITLED]
    if candidates := entitled or living:
        return min(candidates, key=lambda one: (one.began_at, one.id))
    return max(subscriptions, key=lambda one: (one.began_at, one.id), default=None)


def write(
    row: Subscription,
    fetched: StripeSubscription,
    *,
    price: PriceView,
    now: datetime,
    grace: timedelta,
) -> None:
    """Bring the mirror's row in line with what Stripe says of the subscription itself."""
    row.was_entitled = was_entitled(row, fetched)
    set_columns(row, columns(fetched, price=price))
    _write_end(row, fetched, now=now, grace=grace)


def columns(fetched: StripeSubscription, *, price: PriceView) -> dict[str, Any]:
    """What the row has to hold, by column. The reconciler compares by them, too."""
    return {
        "status": fetched.status,
        "plan_code": price.plan_code,
        "price_id": price.id,
        "seats": fetched.quantity,
        "began_at": fetched.began_at,
        "current_period_start": fetched.current_period_start,
        "current_period_end": fetched.current_period_end,
        "trial_ends_at": fetched.trial_ends_at,
        "ends_at": fetched.ends_at,
        "cancels_at_period_end": fetched.cancels_at_period_end,
        "stripe_item_id": fetched.item_id,
        "discount_ids": list(fetched.discount_ids),
    }


def set_columns(row: Subscription, values: Mapping[str, Any]) -> None:
    """Write columns by their names."""
    for name, value in values.items():
        setattr(row, name, value)


def _write_end(
    row: Subscription, fetched: StripeSubscription, *, now: datetime, grace: timedelta
) -> None:
    """When it ended, and when its members are deactivated: fixed at the first sight of the end."""
    if fetched.status not in EXPIRED | DEAD:
        row.ended_at = None
        end_expiry(row)
        return
    row.ended_at = row.ended_at or fetched.ended_at or now
    if fetched.status in EXPIRED and row.was_entitled and row.deactivates_at is None:
        row.deactivates_at = row.ended_at + grace


def was_entitled(row: Subscription | None, fetched: StripeSubscription) -> bool:
    """Whether it has ever entitled anybody, `row` being what was mirrored before (B2).

    One that was incomplete when last seen, and has ended since, has not: nobody got in by it. One
    that had ended before it was ever seen may have.
    """
    if row is None or row.status is None:
        return fetched.status in ENTITLED | EXPIRED
    return row.was_entitled or fetched.status in ENTITLED


def end_expiry(row: Subscription) -> None:
    """A renewal, or a later subscription, takes the place of this one's expiry."""
    row.deactivates_at = row.warned_at = row.deactivated_at = None


def summary(row: Subscription | None) -> dict[str, Any] | None:
    """What the audit log keeps of a subscription."""
    if row is None or row.status is None:
        return None
    return {
        "status": row.status,
        "plan": row.plan_code,
        "priceId": encode("Price", row.price_id),
        "seats": row.seats,
        "currentPeriodEnd": row.current_period_end,
        "endsAt": row.ends_at,
        "endedAt": row.ended_at,
        "pendingChange": _pending_summary(row),
    }


def _pending_summary(row: Subscription) -> dict[str, Any] | None:
    if row.pending_kind is None:
        return None
    assert row.pending_price_id is not None, "a check constraint holds it"
    return {
        "kind": row.pending_kind,
        "priceId": encode("Price", row.pending_price_id),
        "seats": row.pending_seats,
    }
