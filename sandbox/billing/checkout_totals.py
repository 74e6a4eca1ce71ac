"""What a checkout costs today, with discounts and tax."""

from sandbox.billing.discounts import Reduction, reduce_amounts, reduction_of
from sandbox.billing.tax import country_of, rate_for, tax_on
from sandbox.billing.tax_ids import tax_ids_of
from sandbox.engine.account import Account, Resource


async def set_totals(account: Account, session: Resource) -> None:
    """Recomputes the amounts of the session from its items, codes and customer. A trial is free."""
    items = session["line_items"]["data"]
    for item in items:
        item["amount_subtotal"] = 0 if is_trial(session) else item["_unit"] * item["quantity"]
    amounts = [(item["amount_subtotal"], item["price"]["product"]) for item in items]
    taken = reduce_amounts(amounts, await _reductions(account, session))
    rate = await _rate(account, session)
    for item, offs in zip(items, taken, strict=True):
        _set_item_totals(item, off=sum(off for _, off in offs), rate=rate)
    session |= {
        "amount_subtotal": sum(item["amount_subtotal"] for item in items),
        "amount_total": sum(item["amount_total"] for item in items),
        "total_details": {
            "amount_discount": sum(item["amount_discount"] for item in items),
            "amount_shipping": 0,
            "amount_tax": sum(item["amount_tax"] for item in items),
        },
    }


def _set_item_totals(item: Resource, *, off: int, rate: Resource | None) -> None:
    net = item["amount_subtotal"] - off
    inclusive = item["price"]["tax_behavior"] == "inclusive"
    tax = tax_on(net, rate, inclusive=inclusive) if rate else 0
    item["amount_discount"] = off
    item["amount_tax"] = tax
    item["amount_total"] = net if inclusive else net + tax


def is_trial(session: Resource) -> bool:
    """Whether nothing is paid today."""
    data = session["_subscription_data"]
    return bool(data.get("trial_period_days") or data.get("trial_end"))


async def _reductions(account: Account, session: Resource) -> list[Reduction]:
    """The coupons of the session, those behind promotion codes included."""
    coupons = [await account.get("coupon", entry["coupon"]) for entry in session["discounts"]]
    return [reduction_of(coupon, currency=session["currency"]) for coupon in coupons]


async def _rate(account: Account, session: Resource) -> Resource | None:
    """The tax rate, once the customer's country is known."""
    customer = await account.find(session["customer"])
    if not session["automatic_tax"]["enabled"] or customer is None or not country_of(customer):
        return None
    session["automatic_tax"]["status"] = "complete"
    return await rate_for(account, customer, tax_ids=await tax_ids_of(account, customer["id"]))
