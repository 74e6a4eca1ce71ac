"""Writing the change that is pending, and noticing when it took effect: a part of `sync`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from db.enums import DEAD, PendingChangeKind
from db.models import Subscription
from services.mirror import set_columns
from services.stripe_gateway import (
    StripePendingUpdate,
    StripeSchedule,
    StripeSubscription,
    StripeTerms,
)
from services.stripe_snapshot import StripeSnapshot
from services.views import PriceView


@dataclass(frozen=True, slots=True)
class ScheduledChange:
    """A change of ours that was scheduled when the mirror was written last."""

    price_id: UUID
    seats: int
    effective_at: datetime
    intent_id: UUID


def scheduled_change(row: Subscription) -> ScheduledChange | None:
    """What the row tells before it is written anew."""
    if row.pending_kind is not PendingChangeKind.SCHEDULED or row.pending_intent_id is None:
        return None
    assert row.pending_price_id is not None, "a check constraint holds it"
    assert row.pending_seats is not None, "a check constraint holds it"
    assert row.pending_effective_at is not None, "a check constraint holds it"
    return ScheduledChange(
        row.pending_price_id, row.pending_seats, row.pending_effective_at, row.pending_intent_id
    )


def write(row: Subscription, snapshot: StripeSnapshot) -> None:
    """At most one change is pending: Stripe refuses a second."""
    assert snapshot.chosen is not None, "the row is the mirror of it"
    set_columns(row, columns(snapshot.chosen, next_price=snapshot.next_price))
    invoice_id = row.pending_stripe_invoice_id
    invoice = next((one for one in snapshot.invoices if one.id == invoice_id), None)
    row.pending_pay_url = invoice.hosted_url if invoice else None


def columns(fetched: StripeSubscription, *, next_price: PriceView | None) -> dict[str, Any]:
    """What the row has to hold of it, by column. The reconciler compares by them, too."""
    schedule = fetched.schedule
    values: dict[str, Any] = dict.fromkeys(_PENDING) | {
        "stripe_schedule_id": schedule.id if schedule else None,
        "schedule_phase_began_at": schedule.phase_began_at if schedule else None,
    }
    if next_price is None or fetched.status in DEAD:
        return values
    if fetched.pending_update is not None:
        values |= {"pending_price_id": next_price.id, **_awaiting(fetched.pending_update)}
    elif schedule is not None and schedule.next_terms is not None:
        values |= {"pending_price_id": next_price.id, **_scheduled(schedule, schedule.next_terms)}
    return values


_PENDING = (
    "pending_kind",
    "pending_price_id",
    "pending_seats",
    "pending_effective_at",
    "pending_expires_at",
    "pending_stripe_invoice_id",
    "pending_intent_id",
)


def _awaiting(update: StripePendingUpdate) -> dict[str, Any]:
    return {
        "pending_kind": PendingChangeKind.AWAITING_PAYMENT,
        "pending_seats": update.terms.quantity,
        "pending_expires_at": update.expires_at,
        "pending_stripe_invoice_id": update.invoice_id,
    }


def _scheduled(schedule: StripeSchedule, terms: StripeTerms) -> dict[str, Any]:
    return {
        "pending_kind": PendingChangeKind.SCHEDULED,
        "pending_seats": terms.quantity,
        "pending_effective_at": schedule.next_at,
        "pending_intent_id": _intent_of(schedule),
    }


def took_effect(
    before: ScheduledChange | None, row: Subscription, fetched: StripeSubscription
) -> UUID | None:
    """The intent of ours whose scheduled change has taken effect, if one has.

    Either its schedule is in the phase after which nothing is planned; or it is gone, and what was
    planned is what there is. A change that was called off leaves other terms behind.
    """
    if begun := _begun(fetched.schedule):
        return begun
    if before is None or row.pending_kind is not None:
        return None
    reached = fetched.current_period_start >= before.effective_at
    same = (row.price_id, row.seats) == (before.price_id, before.seats)
    return before.intent_id if reached and same else None


def _begun(schedule: StripeSchedule | None) -> UUID | None:
    if schedule is None or schedule.next_terms is not None:
        return None
    return _intent_of(schedule)


def _intent_of(schedule: StripeSchedule) -> UUID | None:
    """The intent that its metadata names. Whoever has the dashboard can write anything there."""
    try:
        return UUID(schedule.intent_id) if schedule.intent_id else None
    except ValueError:
        return None
