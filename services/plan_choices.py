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


def price_for(choice: PlanChoice, snapshot: CatalogueSnapshot, *, currency: str) -> PriceView:
    """The price on sale for a choice, or the refusal that says what there is.

    `currency` is used when the choice names none.
    """
    plan = _plan_to_buy(choice.plan, snapshot)
    if not plan.minimum_seats <= choice.seats <= plan.maximum_seats:
        raise SeatsOutOfRange(choice.seats, plan.minimum_seats, plan.maximum_seats)
    wanted = (choice.currency or currency).lower()
    price = snapshot.price_on_sale(plan, interval=choice.interval, currency=wanted)
    if price is None:
        raise PriceNotAvailable(plan, choice.interval, wanted)
    return price


def _plan_to_buy(code: str, snapshot: CatalogueSnapshot) -> PlanView:
    plan = snapshot.plan_on_sale(code)
    if plan is None or not plan.prices:
        raise UnknownPlan(code, tuple(plan for plan in snapshot.plans if plan.prices))
    return plan
