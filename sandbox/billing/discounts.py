"""Discounts: a coupon given to a subscription, and what it takes off the lines of an invoice."""

from dataclasses import dataclass
from fractions import Fraction

from sandbox.billing.money import round_half_up
from sandbox.billing.periods import add_intervals
from sandbox.engine.account import Account, Resource

_WHOLE = 100


@dataclass(frozen=True)
class Reduction:
    """What one discount takes off, independent of how it is stored."""

    discount: str
    percent: Fraction | None
    amount: int
    products: frozenset[str] | None

    def applies_to(self, product: str) -> bool:
        """A coupon may be limited to products."""
        return self.products is None or product in self.products


async def give_discounts(
    account: Account, subscription: Resource, wanted: list[tuple[str, str | None]]
) -> None:
    """Replaces the subscription's discounts. One that it has already keeps its start and end."""
    current = [await account.get("discount", key) for key in subscription["discounts"]]
    held = {(d["source"]["coupon"], d["promotion_code"]): d["id"] for d in current}
    subscription["discounts"] = [
        held.get(pair) or (await _give(account, subscription, *pair))["id"] for pair in wanted
    ]


async def _give(
    account: Account, subscription: Resource, coupon_id: str, promotion_code: str | None
) -> Resource:
    coupon = await account.get("coupon", coupon_id)
    coupon["times_redeemed"] += 1
    if promotion_code:
        (await account.get("promotion_code", promotion_code))["times_redeemed"] += 1
    discount = account.add(
        "discount",
        {
            "_coupon": dict(coupon),
            "checkout_session": None,
            "customer": subscription["customer"],
            "end": _end_of(coupon, start=account.now),
            "invoice": None,
            "invoice_item": None,
            "promotion_code": promotion_code,
            "source": {"type": "coupon", "coupon": coupon_id},
            "start": account.now,
            "subscription": subscription["id"],
            "subscription_item": None,
        },
    )
    del discount["created"], discount["livemode"]
    account.emit("customer.discount.created", discount)
    return discount


def _end_of(coupon: Resource, *, start: int) -> int | None:
    if coupon["duration"] != "repeating":
        return None
    return add_intervals(start, interval="month", count=coupon["duration_in_months"])


async def reductions_of(
    account: Account, subscription: Resource, *, currency: str, at: int
) -> list[Reduction]:
    """The discounts that count at `at`."""
    discounts = [await account.get("discount", key) for key in subscription["discounts"]]
    return [
        reduction_of(discount["_coupon"], currency=currency, discount=discount["id"])
        for discount in discounts
        if discount["end"] is None or at < discount["end"]
    ]


def reduction_of(coupon: Resource, *, currency: str, discount: str = "") -> Reduction:
    """What a coupon takes off in a currency."""
    percent, amount = coupon["percent_off"], coupon["amount_off"] or 0
    if currency != coupon["currency"]:
        amount = coupon["currency_options"].get(currency, {}).get("amount_off", 0)
    products = (coupon["applies_to"] or {}).get("products")
    return Reduction(
        discount=discount,
        percent=None if percent is None else Fraction(str(percent)),
        amount=amount,
        products=frozenset(products) if products else None,
    )


def reduce_amounts(
    amounts: list[tuple[int, str]], reductions: list[Reduction]
) -> list[list[tuple[str, int]]]:
    """For each (amount, product) what each discount takes off; never more than is left.

    A fixed amount is used up line by line, in the order of the lines.
    """
    left = [amount for amount, _ in amounts]
    taken: list[list[tuple[str, int]]] = [[] for _ in amounts]
    for reduction in reductions:
        budget = reduction.amount
        for index, (_, product) in enumerate(amounts):
            if left[index] <= 0 or not reduction.applies_to(product):
                continue
            if reduction.percent is None:
                off = min(budget, left[index])
                budget -= off
            else:
                off = round_half_up(left[index] * reduction.percent / _WHOLE)
            left[index] -= off
            taken[index].append((reduction.discount, off))
    return taken


async def use_up_once(account: Account, subscription: Resource) -> None:
    """A coupon that counts once is gone from the subscription after its first invoice."""
    kept = []
    for key in subscription["discounts"]:
        discount = await account.get("discount", key)
        if discount["_coupon"]["duration"] == "once":
            discount["end"] = account.now
        else:
            kept.append(key)
    subscription["discounts"] = kept
