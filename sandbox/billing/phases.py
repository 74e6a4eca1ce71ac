"""The phases of a schedule: read from parameters, checked for gaps, shown as Stripe shows them."""

from typing import Any

from sandbox.billing.coupons import read_discounts
from sandbox.billing.items import find_price, planned_price, read_quantity
from sandbox.billing.periods import add_intervals
from sandbox.billing.values import merge_metadata, refuse_unsupported
from sandbox.engine.account import Account, Resource
from sandbox.errors import invalid, not_in_sandbox

_SUPPORTED = {
    "discounts", "duration", "end_date", "items", "metadata", "proration_behavior", "start_date",
    "trial",
}  # fmt: skip
_ITEM = {"discounts", "metadata", "price", "quantity"}


def phase_of_subscription(
    subscription: Resource, *, start: int, end: int, discounts: list[Resource]
) -> Resource:
    """What the subscription is now, as a phase."""
    items = [
        _make_item(item["price"], item["quantity"], dict(item["metadata"]))
        for item in subscription["items"]["data"]
    ]
    return _make_phase(subscription["currency"], items, start=start, end=end) | {
        "discounts": discounts
    }


async def read_phases(
    account: Account, subscription: Resource, wanted: list[Resource], *, start: int
) -> list[Resource]:
    """The phases from the current one on; `start` is where the current one began.

    Raises:
        StripeError: a phase is empty, or does not begin where the one before ends.
    """
    phases: list[Resource] = []
    for index, entry in enumerate(wanted):
        param = f"phases[{index}]"
        refuse_unsupported(entry, _SUPPORTED, what="subscription_schedules.update phases")
        begins = phases[-1]["end_date"] if phases else start
        _check_start(account, entry, begins, param=param)
        phases.append(await _read_phase(account, subscription, entry, begins, param=param))
    return phases


def _check_start(account: Account, entry: Resource, begins: int, *, param: str) -> None:
    given = entry.get("start_date", begins)
    given = account.now if given == "now" else given
    if given != begins:
        raise invalid(
            "The start date of a phase must be the end date of the phase before it, and the "
            f"current phase began at {begins}. Got {given}.",
            param=f"{param}[start_date]",
        )


async def _read_phase(
    account: Account, subscription: Resource, entry: Resource, begins: int, *, param: str
) -> Resource:
    items = [
        await _read_item(account, subscription, item, param=f"{param}[items][{index}]")
        for index, item in enumerate(entry["items"])
    ]
    if not items:
        raise invalid("A phase must have at least one item.", param=f"{param}[items]")
    price = await planned_price(account, items[0]["price"])
    end = _end_of(account, entry, price, begins)
    if end <= begins:
        raise invalid("A phase must end after it begins.", param=f"{param}[end_date]")
    phase = _make_phase(subscription["currency"], items, start=begins, end=end)
    if entry.get("trial"):
        if subscription["trial_end"] != end:
            raise not_in_sandbox("a trial phase that is not the subscription's own trial")
        phase["trial_end"] = end
    pairs = await read_discounts(
        account, entry.get("discounts") or [], customer=subscription["customer"]
    )
    phase["discounts"] = [show_discount(coupon, code) for coupon, code in pairs]
    phase["metadata"] = merge_metadata({}, entry.get("metadata") or {})
    phase["proration_behavior"] = entry.get("proration_behavior", "create_prorations")
    return phase


async def _read_item(
    account: Account, subscription: Resource, wanted: Resource, *, param: str
) -> Resource:
    """Who has an archived price may keep it in a phase."""
    refuse_unsupported(wanted, _ITEM, what="subscription_schedules.update items")
    held = {item["price"]["id"]: item["price"] for item in subscription["items"]["data"]}
    price = held.get(wanted.get("price")) or await find_price(account, wanted, param=param)
    metadata = merge_metadata({}, wanted.get("metadata") or {})
    return _make_item(price, read_quantity(wanted), metadata)


def _end_of(account: Account, entry: Resource, price: Resource, begins: int) -> int:
    """`end_date`, or `duration` after the start; left out, one billing period."""
    end = entry.get("end_date")
    if end is not None:
        return account.now if end == "now" else int(end)
    duration: Resource = entry.get("duration") or price["recurring"]
    return add_intervals(
        begins, interval=duration["interval"], count=duration.get("interval_count", 1)
    )


def show_discount(coupon: str, promotion_code: str | None) -> Resource:
    """A phase names coupons and codes, not discounts."""
    return {"coupon": coupon, "discount": None, "promotion_code": promotion_code}


def _make_item(price: Resource, quantity: int, metadata: dict[str, str]) -> Resource:
    return {
        "billing_thresholds": None,
        "discounts": [],
        "metadata": metadata,
        "plan": price["id"],
        "price": price["id"],
        "quantity": quantity,
        "tax_rates": [],
    }


def _make_phase(currency: str, items: list[Resource], *, start: int, end: int) -> dict[str, Any]:
    return {
        "add_invoice_items": [],
        "application_fee_percent": None,
        "billing_cycle_anchor": None,
        "billing_thresholds": None,
        "collection_method": None,
        "currency": currency,
        "default_payment_method": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "end_date": end,
        "invoice_settings": None,
        "items": items,
        "metadata": {},
        "on_behalf_of": None,
        "proration_behavior": "create_prorations",
        "start_date": start,
        "transfer_data": None,
        "trial_end": None,
    }
