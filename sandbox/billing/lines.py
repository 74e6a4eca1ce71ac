"""The lines of an invoice: a full period, a credit for unused time, a charge for what is left."""

from datetime import UTC, datetime

from sandbox.billing.money import format_amount
from sandbox.billing.periods import Period
from sandbox.engine.account import Account, Resource
from sandbox.engine.ids import new_id

_TIMES = "\N{MULTIPLICATION SIGN}"  # as in Stripe's descriptions


async def full_line(
    account: Account, subscription: Resource, item: Resource, *, amount: int
) -> Resource:
    """The item for its whole current period."""
    product = await account.get("product", item["price"]["product"])
    unit = amount // max(item["quantity"], 1)
    recurring = item["price"]["recurring"]
    rhythm = (
        recurring["interval"]
        if recurring["interval_count"] == 1
        else f"every {recurring['interval_count']} {recurring['interval']}s"
    )
    price = format_amount(unit, subscription["currency"])
    return _line(
        subscription,
        item,
        amount=amount,
        description=f"{item['quantity']} {_TIMES} {product['name']} (at {price} / {rhythm})",
        period=Period(item["current_period_start"], item["current_period_end"]),
        unit=unit,
    )


async def trial_line(account: Account, subscription: Resource, item: Resource) -> Resource:
    """The item for a trial: nothing to pay."""
    product = await account.get("product", item["price"]["product"])
    return _line(
        subscription,
        item,
        amount=0,
        description=f"Trial period for {product['name']}",
        period=Period(item["current_period_start"], item["current_period_end"]),
        unit=0,
    )


async def credit_line(
    account: Account, subscription: Resource, item: Resource, *, amount: int, at: int
) -> Resource:
    """What comes back for the time after `at` (`amount` is not positive)."""
    debit = item["_debit"]
    line = _line(
        subscription,
        item,
        amount=amount,
        description=await _describe(account, "Unused", item, at=at),
        period=Period(at, debit["end"]),
        is_proration=True,
    )
    if debit["invoice"]:
        line["parent"]["subscription_item_details"]["proration_details"]["credited_items"] = {
            "invoice": debit["invoice"],
            "invoice_line_items": [debit["line"]],
        }
    line["_is_debit"] = False
    return line


async def charge_line(
    account: Account, subscription: Resource, item: Resource, *, amount: int, at: int
) -> Resource:
    """What the time after `at` costs now."""
    return _line(
        subscription,
        item,
        amount=amount,
        description=await _describe(account, "Remaining", item, at=at),
        period=Period(at, item["current_period_end"]),
        is_proration=True,
    )


def note_debits(subscription: Resource, lines: list[Resource], *, invoice: str | None) -> None:
    """Remembers on each item what was really charged for it, after discounts.

    A later credit is a share of this, whatever the price says by then.
    """
    items = {item["id"]: item for item in subscription["items"]["data"]}
    for line in lines:
        item = items.get(line["parent"]["subscription_item_details"]["subscription_item"])
        if item is None or not line["_is_debit"]:
            continue
        off = sum(entry["amount"] for entry in line["discount_amounts"])
        item["_debit"] = {
            "amount": line["amount"] - off,
            "start": line["period"]["start"],
            "end": line["period"]["end"],
            "invoice": invoice,
            "line": line["id"],
        }


async def _describe(account: Account, word: str, item: Resource, *, at: int) -> str:
    product = await account.get("product", item["price"]["product"])
    count = "" if item["quantity"] == 1 else f"{item['quantity']} {_TIMES} "
    day = datetime.fromtimestamp(at, UTC).strftime("%-d %b %Y")
    return f"{word} time on {count}{product['name']} after {day}"


def _line(
    subscription: Resource,
    item: Resource,
    *,
    amount: int,
    description: str,
    period: Period,
    unit: int | None = None,
    is_proration: bool = False,
) -> Resource:
    price = item["price"]
    return {
        "id": new_id("line_item"),
        "object": "line_item",
        "_is_debit": True,
        "_inclusive": price["tax_behavior"] == "inclusive",
        "amount": amount,
        "currency": subscription["currency"],
        "description": description,
        "discount_amounts": [],
        "discountable": not is_proration,
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "metadata": dict(subscription["metadata"]),
        "parent": _parent(subscription, item, is_proration=is_proration),
        "period": {"start": period.start, "end": period.end},
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": None if unit is None else str(unit),
        },
        "quantity": item["quantity"],
        "subscription": subscription["id"],
        "subtotal": amount,
        "taxes": [],
    }


def _parent(subscription: Resource, item: Resource, *, is_proration: bool) -> Resource:
    return {
        "invoice_item_details": None,
        "subscription_item_details": {
            "invoice_item": new_id("invoiceitem") if is_proration else None,
            "proration": is_proration,
            "proration_details": {"credited_items": None},
            "subscription": subscription["id"],
            "subscription_item": item["id"],
        },
        "type": "subscription_item_details",
    }
