"""How many people may use an organization (S1)."""

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
