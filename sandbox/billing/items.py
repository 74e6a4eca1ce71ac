"""The items of a subscription: price, quantity, and the period that is paid for."""

from typing import Any

from sandbox.billing.discounts import Reduction, reduce_amounts
from sandbox.billing.periods import Period, period_at
from sandbox.billing.prices import amount_in, describe_price
from sandbox.billing.values import merge_metadata
from sandbox.engine.account import Account, Resource
from sandbox.errors import invalid, missing_parameter

_MOST_UNITS = 1_000_000


def make_item(
    account: Account, subscription_id: str, price: Resource, wanted: Resource
) -> Resource:
    """An item that nothing was charged for yet; its period is set by `set_periods`."""
    item = account.add(
        "subscription_item",
        {
            "_debit": None,
            "billing_thresholds": None,
            "current_period_end": 0,
            "current_period_start": 0,
            "discounts": [],
            "metadata": merge_metadata({}, wanted.get("metadata", {})),
            "plan": plan_of(price),
            "price": price,
            "quantity": read_quantity(wanted),
            "subscription": subscription_id,
            "tax_rates": [],
        },
    )
    account.discard(item)  # an item lives inside its subscription
    del item["livemode"]
    return item


def read_quantity(wanted: Resource) -> int:
    """`quantity`, one when it is left out.

    Raises:
        StripeError: it is negative or absurd.
    """
    quantity = int(wanted.get("quantity", 1))
    if not 0 <= quantity <= _MOST_UNITS:
        raise invalid(
            f"Invalid quantity: {quantity}.",
            param="quantity",
            code="parameter_invalid_integer",
        )
    return quantity


async def find_price(account: Account, wanted: Resource, *, param: str) -> Resource:
    """The recurring price that an item names, as the item keeps it.

    Raises:
        StripeError: there is no such price, it is archived, or it does not recur.
    """
    if data := wanted.get("price_data"):
        return account.add("price", await describe_price(account, {**data, "active": False}))
    if "price" not in wanted:
        raise missing_parameter(f"{param}[price]")
    price = await account.get("price", wanted["price"], param=f"{param}[price]")
    if not price["active"]:
        raise invalid(
            f"The price specified is inactive. This field only accepts active prices. "
            f"Price: {price['id']}",
            param=f"{param}[price]",
        )
    if price["recurring"] is None:
        raise invalid(
            "The price specified is set to `type=one_time` but this field only accepts prices "
            "with `type=recurring`.",
            param=f"{param}[price]",
        )
    return as_kept(price)


async def planned_price(account: Account, price_id: str) -> Resource:
    """A price that was found good before, archived or not."""
    return as_kept(await account.get("price", price_id))


def as_kept(price: Resource) -> Resource:
    """A price as an item keeps it: without what is the sandbox's own."""
    return {key: value for key, value in price.items() if not key.startswith("_")}


def plan_of(price: Resource) -> Resource:
    """The old name of a price, which Stripe still shows beside it."""
    recurring = price["recurring"]
    return {
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": "per_unit",
        "created": price["created"],
        "currency": price["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "livemode": False,
        "metadata": {},
        "meter": None,
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


def rhythm_of(items: list[Resource]) -> tuple[str, int]:
    """The interval that the items share.

    Raises:
        StripeError: they do not share one; the sandbox keeps to one.
    """
    rhythms = {
        (item["price"]["recurring"]["interval"], item["price"]["recurring"]["interval_count"])
        for item in items
    }
    if len(rhythms) != 1:
        raise invalid("The sandbox supports one billing interval per subscription.", param="items")
    return rhythms.pop()


def set_periods(subscription: Resource, *, at: int) -> None:
    """Every item's period is the one around `at`, counted from the billing cycle anchor."""
    items: list[Resource] = subscription["items"]["data"]
    interval, count = rhythm_of(items)
    anchor = subscription["billing_cycle_anchor"]
    period = period_at(anchor, interval=interval, count=count, at=at)
    for item in items:
        item["current_period_start"], item["current_period_end"] = period.start, period.end


def set_trial_period(subscription: Resource, *, start: int, end: int) -> None:
    """During a trial the period is the trial."""
    for item in subscription["items"]["data"]:
        item["current_period_start"], item["current_period_end"] = start, end


def period_of(subscription: Resource) -> Period:
    """The current period of the subscription's items."""
    item = subscription["items"]["data"][0]
    return Period(item["current_period_start"], item["current_period_end"])


def full_amount(item: Resource, currency: str) -> int:
    """What the item costs for a whole period, before discounts."""
    return amount_in(item["price"], currency) * int(item["quantity"])


def net_amounts(
    items: list[Resource], *, currency: str, reductions: list[Reduction]
) -> dict[str, int]:
    """What each item costs for a whole period, after discounts."""
    gross: list[tuple[int, Any]] = [
        (full_amount(item, currency), item["price"]["product"]) for item in items
    ]
    taken = reduce_amounts(gross, reductions)
    return {
        item["id"]: amount - sum(off for _, off in offs)
        for item, (amount, _), offs in zip(items, gross, taken, strict=True)
    }
