"""How many people may use an organization, and whether one more may (S1, S2)."""

from dataclasses import dataclass

from db.enums import SubscriptionStatus
from services.people_refusals import SeatLimitReached, SubscriptionPastDue
from services.refusals import Refusal
from services.seat_resolutions import resolutions_for
from services.views import PlanView, SeatUsage, SubscriptionView


def seat_usage(
    plan: PlanView, subscription: SubscriptionView | None, *, occupied: int, reserved: int
) -> SeatUsage:
    """The usage against the limit of this moment; `plan` is the plan in force.

    Limit = min(plan's cap, purchased quantity); with no entitled subscription, the free plan's cap.
    """
    if subscription is None or not subscription.entitled:
        return SeatUsage(plan.maximum_seats, 0, occupied, reserved)
    limit = min(plan.maximum_seats, subscription.seats)
    return SeatUsage(limit, subscription.seats, occupied, reserved)


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
    if situation.usage.available < 1:
        return no_seat(situation)
    subscription = situation.subscription
    if subscription and subscription.status is SubscriptionStatus.PAST_DUE:
        return SubscriptionPastDue(subscription)
    return None


def no_seat(situation: SeatSituation) -> SeatLimitReached:
    """The refusal with its numbers and with what would help."""
    usage = situation.usage
    resolutions = resolutions_for(
        usage,
        plan=situation.plan,
        subscription=situation.subscription,
        plans_on_sale=situation.plans_on_sale,
    )
    return SeatLimitReached(usage.limit, usage.occupied, usage.reserved, resolutions)
