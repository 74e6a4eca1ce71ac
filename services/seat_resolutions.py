"""What would help when every seat is taken (S1), as data."""

from dataclasses import dataclass

from services.money import formatted
from services.views import PendingChangeView, PlanView, PriceView, SeatUsage, SubscriptionView


@dataclass(frozen=True, slots=True)
class AddSeats:
    """Buy one more, at the price the organization has (B6): `seats` in all."""

    seats: int
    price: PriceView

    @property
    def message(self) -> str:
        """For people."""
        cost = formatted(self.price.unit_amount, currency=self.price.currency, locale="en")
        return f"buy one more seat for {cost} {self.price.interval.lower()}"


@dataclass(frozen=True, slots=True)
class ChooseBiggerPlan:
    """Change to a plan that has room for one more."""

    plan: PlanView

    @property
    def message(self) -> str:
        """For people."""
        return f"change to the plan {self.plan.name} with up to {self.plan.maximum_seats} seats"


@dataclass(frozen=True, slots=True)
class FreeSeat:
    """Remove or deactivate a member, or cancel an invitation."""

    occupied: int
    reserved: int

    @property
    def message(self) -> str:
        """For people."""
        return "remove or deactivate a member, or cancel an invitation"


@dataclass(frozen=True, slots=True)
class CancelPendingChange:
    """Call off the reduction that waits for the end of the period: its seats count already (S5)."""

    pending_change: PendingChangeView

    @property
    def message(self) -> str:
        """For people."""
        return f"call off the pending change to {self.pending_change.seats} seats"


SeatResolution = AddSeats | ChooseBiggerPlan | FreeSeat | CancelPendingChange


def resolutions_for(
    usage: SeatUsage,
    *,
    plan: PlanView,
    subscription: SubscriptionView | None,
    plans_on_sale: tuple[PlanView, ...],
) -> tuple[SeatResolution, ...]:
    """What would make room for one more, the cheapest first."""
    found: list[SeatResolution] = []
    if usage.available and subscription and subscription.pending_change:
        found.append(CancelPendingChange(subscription.pending_change))
    wanted = usage.occupied + usage.reserved + 1
    if subscription and subscription.entitled and subscription.seats < wanted <= plan.maximum_seats:
        found.append(AddSeats(wanted, subscription.price))
    bigger = (one for one in plans_on_sale if one.prices and one.rank > plan.rank)
    if fitting := next((one for one in bigger if one.maximum_seats >= wanted), None):
        found.append(ChooseBiggerPlan(fitting))
    if usage.occupied + usage.reserved > 1:  # the owner's seat cannot be freed
        found.append(FreeSeat(usage.occupied, usage.reserved))
    return tuple(found)
