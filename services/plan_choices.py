"""What somebody wants to buy, checked against the catalogue."""

from dataclasses import dataclass

from db.enums import BillingInterval
from services.catalogue import CatalogueSnapshot
from services.refusals import PriceNotAvailable, SeatsOutOfRange, UnknownPlan
from services.views import PlanView, PriceView


@dataclass(frozen=True, slots=True)
class PlanChoice:
    """A plan, how it is charged, for how many people, and where to go afterwards."""

    plan: str
    interval: BillingInterval
    seats: int
    currency: str | None
    return_url: str | None
    promotion_code: str | None = None


def price_for(choice: PlanChoice, snapshot: CatalogueSnapshot, *, currency: str) -> PriceView:
    """The price on sale for a choice, or the refusal that says what there is.

    `currency` is used when the choice names none.
    """
    wanted = (choice.currency or currency).lower()
    price, plan = price_on_sale(choice.plan, choice.interval, snapshot, currency=wanted)
    require_seats_in_range(plan, choice.seats)
    return price


def price_on_sale(
    plan_code: str, interval: BillingInterval, snapshot: CatalogueSnapshot, *, currency: str
) -> tuple[PriceView, PlanView]:
    """What the plan costs today, or the refusal that says what there is."""
    plan = _plan_to_buy(plan_code, snapshot)
    price = snapshot.price_on_sale(plan, interval=interval, currency=currency)
    if price is None:
        raise PriceNotAvailable(plan, interval, currency)
    return price, plan


def require_seats_in_range(plan: PlanView, seats: int) -> None:
    """Raise `SeatsOutOfRange` unless the plan is sold with so many seats."""
    if not plan.minimum_seats <= seats <= plan.maximum_seats:
        raise SeatsOutOfRange(seats, plan.minimum_seats, plan.maximum_seats)


def _plan_to_buy(code: str, snapshot: CatalogueSnapshot) -> PlanView:
    plan = snapshot.plan_on_sale(code)
    if plan is None or not plan.prices:
        raise UnknownPlan(code, tuple(plan for plan in snapshot.plans if plan.prices))
    return plan
