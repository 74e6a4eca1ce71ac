"""The catalogue as it stood at one moment. It never changes; another one replaces it."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from db.enums import BillingInterval
from services.catalogue.file import FREE
from services.views import PlanView, PriceView


class CatalogueNotPushedError(Exception):
    """The database holds no catalogue yet."""

    def __init__(self) -> None:
        super().__init__("there is no catalogue yet: run `seatwise catalog push`")


class CatalogueSnapshot:
    """Plans and prices, found by whatever names them. Archived ones still resolve (B8)."""

    __slots__ = ("_by_code", "_by_id", "_by_stripe_id", "free", "plans")

    def __init__(self, plans: Iterable[PlanView], prices: Iterable[PriceView]) -> None:
        self._by_code: Mapping[str, PlanView] = {plan.code: plan for plan in plans}
        self._by_id: Mapping[UUID, PriceView] = {price.id: price for price in prices}
        self._by_stripe_id: Mapping[str, PriceView] = {
            price.stripe_price_id: price for price in self._by_id.values()
        }
        if FREE not in self._by_code:
            raise CatalogueNotPushedError
        self.free: PlanView = self._by_code[FREE]
        self.plans: tuple[PlanView, ...] = tuple(
            sorted(
                (plan for plan in self._by_code.values() if not plan.archived),
                key=lambda plan: plan.rank,
            )
        )

    def plan(self, code: str) -> PlanView:
        """A plan that something of ours refers to, archived or not; KeyError if there is none."""
        return self._by_code[code]

    def find_plan(self, code: str) -> PlanView | None:
        """A plan that somebody names, archived or not."""
        return self._by_code.get(code)

    def plan_on_sale(self, code: str) -> PlanView | None:
        """A plan that can be selected."""
        plan = self._by_code.get(code)
        return plan if plan and not plan.archived else None

    def has_price(self, price_id: UUID) -> bool:
        """Whether this snapshot knows the price."""
        return price_id in self._by_id

    def price(self, price_id: UUID) -> PriceView:
        """A price that something of ours refers to, archived or not; KeyError if there is none."""
        return self._by_id[price_id]

    def price_of_stripe(self, stripe_price_id: str) -> PriceView | None:
        """Our price behind one of Stripe's; None for one that the catalogue never made."""
        return self._by_stripe_id.get(stripe_price_id)

    def price_on_sale(
        self, plan: PlanView, *, interval: BillingInterval, currency: str
    ) -> PriceView | None:
        """What the plan costs today, if it is sold so."""
        return next(
            (
                price
                for price in plan.prices
                if price.interval is interval and price.currency == currency
            ),
            None,
        )
