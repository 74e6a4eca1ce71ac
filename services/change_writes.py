"""The Stripe write in which a change consists, and whether one that is there already is it (B6)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from db import billing_sessions, intents
from db.enums import ChangeTiming, IntentKind, PendingChangeKind, SubscriptionStatus
from db.models import Intent, Subscription
from services.billing_steps import Standing
from services.catalogue import CatalogueSnapshot
from services.change_planning import ChangeRequest, PlannedChange, planned_phases
from services.stripe_gateway import INTENT_ID


@dataclass(frozen=True, slots=True)
class ChangeWrite:
    """The write that makes `planned` of `row`. `quoted`: what it charges was told before."""

    row: Subscription
    planned: PlannedChange
    return_url: str
    quoted: bool

    @property
    def kind(self) -> IntentKind:
        """What is to be written: the subscription, or what its schedule plans."""
        is_now = self.planned.timing is ChangeTiming.NOW
        return IntentKind.CHANGE_SUBSCRIPTION if is_now else IntentKind.UPDATE_SCHEDULE

    def parameters(self, intent_id: UUID) -> dict[str, Any]:
        """The parameters of its intent."""
        if self.kind is IntentKind.CHANGE_SUBSCRIPTION:
            return {"stripe": self._now(), **self._chosen()}
        metadata = {INTENT_ID: str(intent_id), "organization_id": str(self.row.organization_id)}
        stripe = {
            "schedule_id": self.row.stripe_schedule_id,
            **planned_phases(self.row, self.planned),
            "metadata": metadata,
        }
        return {"stripe": stripe, **self._chosen()}

    async def find_pending(self, standing: Standing) -> Intent | None:
        """The write that made what is pending, if it is this one: who clicks twice is led to the
        payment that they have open already. A declined one is tried anew.
        """
        transaction, row = standing.acting.transaction, self.row
        pending = (row.pending_kind, self.planned.timing)
        if pending == (PendingChangeKind.SCHEDULED, ChangeTiming.PERIOD_END):
            made_by = [row.pending_intent_id] if row.pending_intent_id else []
        elif pending == (PendingChangeKind.AWAITING_PAYMENT, ChangeTiming.NOW):
            payments = await billing_sessions.list_open_payments(transaction, row.organization_id)
            made_by = [payment.id for payment in payments]
        else:
            return None
        for intent_id in made_by:
            intent = await intents.find(transaction, row.organization_id, intent_id)
            if intent and intent.error is None and self._is_pending(intent):
                return intent
        return None

    def _is_pending(self, intent: Intent) -> bool:
        pending, wanted = (self.row.pending_price_id, self.row.pending_seats), self._chosen()
        return (
            pending == (self.planned.price.id, self.planned.seats)
            and {name: intent.parameters.get(name) for name in wanted} == wanted
            and _seats_of(intent) == self.planned.seats
            and self._charges_as_quoted(intent)
        )

    def _charges_as_quoted(self, intent: Intent) -> bool:
        """A quote says as of which moment is charged; without one, any moment is right."""
        if not self.quoted or self.kind is IntentKind.UPDATE_SCHEDULE:
            return True
        stripe: dict[str, Any] = intent.parameters["stripe"]
        return stripe == self._now()

    def _now(self) -> dict[str, Any]:
        row, planned = self.row, self.planned
        in_trial = row.status is SubscriptionStatus.TRIALING
        return {
            "subscription_id": row.stripe_subscription_id,
            "item_id": row.stripe_item_id,
            "price_id": planned.other_price_than(row),
            "seats": planned.seats,
            "proration_date": None if in_trial else int(planned.effective_at.timestamp()),
        }

    def _chosen(self) -> dict[str, Any]:
        """What was asked for, beside the seats."""
        return {
            "price_id": str(self.planned.price.id),
            "keep_member_ids": [str(one) for one in self.planned.keep or ()],
            "return_url": self.return_url,
        }


def has_made(intent: Intent, request: ChangeRequest, snapshot: CatalogueSnapshot) -> bool:
    """Whether a write that somebody else began has made the change that is wanted here.

    One that only plans it has not: what is pending is compared as a whole (`find_pending`).
    """
    price_id = intent.parameters.get("price_id")  # of an intent that 0.1.0 has left open: None
    if intent.kind is not IntentKind.CHANGE_SUBSCRIPTION or price_id is None:
        return False
    price = snapshot.price(UUID(price_id))
    wanted = (request.plan, request.interval, request.seats)
    given = (price.plan_code, price.interval, _seats_of(intent))
    return all(want in (None, have) for want, have in zip(wanted, given, strict=True))


def _seats_of(intent: Intent) -> int | None:
    stripe = intent.parameters["stripe"]
    seats: int | None = stripe.get("next_seats") or stripe["seats"]
    return seats
