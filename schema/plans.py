"""Plans and prices: what can be bought."""

from typing import Annotated

import strawberry

from db.enums import BillingInterval
from resolvers.context import Context
from schema.directives import BY_ID
from schema.fields import resolved
from schema.info import Info
from schema.money import Money, MoneyView
from schema.node import Node, id_field, stands_for
from services import global_ids
from services.catalogue.pricing import annual_discount_percent, per_month_amount
from services.views import PlanView, PriceView


def _unit_amount(root: strawberry.Parent[PriceView]) -> MoneyView:
    return MoneyView(root.unit_amount, root.currency)


def _per_month(root: strawberry.Parent[PriceView]) -> MoneyView:
    annual = root.interval is BillingInterval.ANNUAL
    amount = per_month_amount(root.unit_amount) if annual else root.unit_amount
    return MoneyView(amount, root.currency)


async def _plan(root: strawberry.Parent[PriceView], info: Info) -> PlanView:
    context: Context = info.context
    return (await context.services.catalogue.snapshot()).plan(root.plan_code)


async def _annual_discount(root: strawberry.Parent[PriceView], info: Info) -> int | None:
    if root.interval is not BillingInterval.ANNUAL:
        return None
    context: Context = info.context
    snapshot = await context.services.catalogue.snapshot()
    monthly = snapshot.price_on_sale(
        snapshot.plan(root.plan_code), interval=BillingInterval.MONTHLY, currency=root.currency
    )
    if monthly is None:
        return None
    return annual_discount_percent(monthly=monthly.unit_amount, annual=root.unit_amount)


@strawberry.type(
    directives=[BY_ID], description="What a plan costs per seat, at one interval, in one currency."
)
class Price(Node):
    """The source is a `PriceView`."""

    is_type_of = stands_for(PriceView)

    id: strawberry.ID = id_field(lambda price: global_ids.encode("Price", price.id))
    plan: Annotated["Plan", strawberry.lazy("schema.plans")] = resolved(
        _plan, description="The plan that it is a price of."
    )
    interval: BillingInterval = strawberry.field(description="How often it is charged.")
    unit_amount: Money = resolved(_unit_amount, description="What a seat costs per interval.")
    per_month: Money = resolved(
        _per_month,
        description="What a seat costs per month: of an annual price a twelfth, rounded up.",
    )
    annual_discount_percent: int | None = resolved(
        _annual_discount,
        description="How much less a year costs than twelve months, in percent, rounded down."
        " Null for a monthly price, and where the plan is not sold monthly.",
    )
    trial_days: int = strawberry.field(description="Days that are free at first; 0 for none.")
    archived: bool = strawberry.field(
        description="Whether it is off sale. Who subscribed at this price keeps it."
    )


@strawberry.type(directives=[BY_ID], description="What can be bought.")
class Plan(Node):
    """The source is a `PlanView`."""

    is_type_of = stands_for(PlanView)

    id: strawberry.ID = id_field(lambda plan: global_ids.encode_plan(plan.code))
    code: str = strawberry.field(description="The name for programs, as `PRO`.")
    name: str = strawberry.field(description="The name for people.")
    description: str = strawberry.field(description="Who it is for.")
    features: list[str] = strawberry.field(description="What it offers, for people.")
    rank: int = strawberry.field(description="A higher rank is a bigger plan.")
    minimum_seats: int = strawberry.field(description="With how few seats it is sold.")
    maximum_seats: int = strawberry.field(description="With how many seats it is sold at most.")
    archived: bool = strawberry.field(
        description="Whether it is off sale. Who subscribed to it keeps it."
    )
    prices: list[Price] = strawberry.field(
        description="The prices on sale, cheapest first; none for a plan that is free."
    )
