"""How many people may use an organization, and whether one more may (S1, S2)."""

from dataclasses import dataclass

from db.enums import PendingChangeKind, SubscriptionStatus
from services.change_refusals import PaymentRequired
from services.people_refusals import SeatLimitReached
from services.refusals import Refusal
from services.seat_resolutions import resolutions_for
from services.views import PlanView, SeatUsage, SubscriptionView

OWING = frozenset({SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID})
"""An invoice is open, and everything that would cost more waits for it (B2, B5)."""


def seat_usage(plan: PlanView, *, purchased: int | None, occupied: int, reserved: int) -> SeatUsage:
    """The usage against the limit of this moment; `plan` is the plan in force.

    Limit = min(plan's cap, purchased quantity); with no entitled subscription, which `purchased`
    says by None, the free plan's cap.
    """
    if purchased is None:
        return SeatUsage(plan.maximum_seats, 0, occupied, reserved)
    return SeatUsage(min(plan.maximum_seats, purchased), purchased, occupied, reserved)


@dataclass(frozen=True, slots=True)
class SeatSituation:
    """What decides about a seat: the plan in force, what was bought, and who has it."""

    plan: PlanView
    subscription: SubscriptionView | None
    usage: SeatUsage
    plans_on_sale: tuple[PlanView, ...]


def seat_refusal(situation: SeatSituation) -> Refusal | None:
    """Why nobody new can have a seat now; None when there is one.

    The one answer to "is there a seat" (S2): mutations ask it under the organization's lock,
    `viewerCan` without.
    """
    usage, subscription = situation.usage, situation.subscription
    if subscription and subscription.status in OWING:  # until it is paid, no more can be bought
        issue = subscription.payment_issue
        return PaymentRequired(subscription, issue.pay_url if issue else None)
    limit = min(usage.limit, _seats_to_come(subscription, usage.limit))
    if usage.occupied + usage.reserved >= limit:
        return _no_seat(situation, limit=limit)
    return None


def _seats_to_come(subscription: SubscriptionView | None, limit: int) -> int:
    """How many there will be: nobody is let in whom a pending reduction would lock out (S5)."""
    pending = subscription.pending_change if subscription and subscription.entitled else None
    if pending is None or pending.kind is not PendingChangeKind.SCHEDULED:
        return limit
    return min(pending.plan.maximum_seats, pending.seats)


def _no_seat(situation: SeatSituation, *, limit: int) -> SeatLimitReached:
    """The refusal with its numbers and with what would help."""
    usage = situation.usage
    resolutions = resolutions_for(
        usage,
        plan=situation.plan,
        subscription=situation.subscription,
        plans_on_sale=situation.plans_on_sale,
    )
    return SeatLimitReached(limit, usage.occupied, usage.reserved, resolutions)
