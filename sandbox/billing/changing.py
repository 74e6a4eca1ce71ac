"""Changes of what is subscribed: new items, prorations, a new billing date, the end of a trial.

`apply_change` alters the subscription and drafts what has to be billed now; it takes no money.
Previews and updates both call it, so that they cannot differ.
"""

import copy
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sandbox.billing.discounts import reductions_of
from sandbox.billing.drafting import draft_invoice
from sandbox.billing.items import (
    find_price,
    full_amount,
    make_item,
    net_amounts,
    period_of,
    plan_of,
    read_quantity,
    rhythm_of,
    set_periods,
    set_trial_period,
)
from sandbox.billing.lines import charge_line, credit_line, full_line, note_debits
from sandbox.billing.periods import Period
from sandbox.billing.proration import Debit, charge_for, credit_for
from sandbox.billing.renewals import take_pending_lines
from sandbox.billing.values import merge_metadata
from sandbox.engine.account import Account, Resource
from sandbox.errors import invalid, missing_resource

Proration: TypeAlias = Literal["create_prorations", "always_invoice", "none"]


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is to change. `at` is the moment of proration, Unix seconds."""

    items: list[Resource] | None = None
    proration: Proration = "create_prorations"
    at: int
    resets_anchor: bool = False
    trial_end: int | None = None
    """A new end of the trial; not after `at` ends it now."""


def read_change(account: Account, subscription: Resource, params: Resource) -> Change:
    """The change that the parameters of an update or a preview describe.

    Raises:
        StripeError: `proration_date` lies outside of the current period.
    """
    at = params.get("proration_date", account.now)
    period = period_of(subscription)
    if "proration_date" in params and not period.start <= at <= period.end:
        raise invalid(
            "Cannot specify `proration_date` outside of the current billing period.",
            param="proration_date",
        )
    anchor = params.get("billing_cycle_anchor")
    kind = anchor.get("type") if isinstance(anchor, dict) else anchor
    trial_end = params.get("trial_end")
    return Change(
        items=params.get("items"),
        proration=params.get("proration_behavior", "create_prorations"),
        at=at,
        resets_anchor=kind == "now",
        trial_end=account.now if trial_end == "now" else trial_end,
    )


async def apply_change(account: Account, subscription: Resource, change: Change) -> Resource | None:
    """Changes the subscription; the draft of what is billed now, or None.

    Raises:
        StripeError: an item or price does not fit.
    """
    old_items = copy.deepcopy(subscription["items"]["data"])
    old_rhythm = rhythm_of(old_items)
    was_trial = subscription["status"] == "trialing"
    await change_items(account, subscription, change.items or [])
    items = subscription["items"]["data"]
    moved = change.resets_anchor or rhythm_of(items) != old_rhythm
    if change.trial_end is not None:
        _move_trial(account, subscription, change.trial_end)
        moved = True
    if subscription["trial_end"] and subscription["trial_end"] > account.now:
        return None  # nothing was paid for, nothing is due
    if was_trial:
        subscription["status"] = "active"
        moved = True
    credits_ = [] if was_trial else await _credits(account, subscription, old_items, change, moved)
    if moved:
        return await _restart(account, subscription, change, credits_)
    return await _prorate(account, subscription, old_items, change, credits_)


async def change_items(account: Account, subscription: Resource, wanted: list[Resource]) -> None:
    """Adds, alters and removes items.

    Raises:
        StripeError: an item is unknown, or none would be left.
    """
    items: list[Resource] = subscription["items"]["data"]
    for index, entry in enumerate(wanted):
        await _change_item(account, subscription, entry, param=f"items[{index}]")
    if not items:
        raise invalid("A subscription must have at least one active item.", param="items")


async def _change_item(
    account: Account, subscription: Resource, entry: Resource, *, param: str
) -> None:
    items: list[Resource] = subscription["items"]["data"]
    if "id" not in entry:
        price = await _price_for(account, subscription, entry, param=param)
        item = make_item(account, subscription["id"], price, entry)
        period = period_of(subscription)
        item["current_period_start"], item["current_period_end"] = period.start, period.end
        items.append(item)
        return
    found = next((item for item in items if item["id"] == entry["id"]), None)
    if found is None:
        raise missing_resource("subscription item", entry["id"], param=f"{param}[id]")
    if entry.get("deleted"):
        items.remove(found)
        return
    await _alter_item(account, subscription, found, entry, param=param)


async def _alter_item(
    account: Account, subscription: Resource, item: Resource, entry: Resource, *, param: str
) -> None:
    """A new price without a quantity means a quantity of one, as with Stripe."""
    if "price" in entry or "price_data" in entry:
        price = await _price_for(account, subscription, entry, param=param)
        is_other = price["id"] != item["price"]["id"]
        item["price"], item["plan"] = price, plan_of(price)
        if is_other:
            item["quantity"] = 1
    if "quantity" in entry:
        item["quantity"] = read_quantity(entry)
    if "metadata" in entry:
        item["metadata"] = merge_metadata(item["metadata"], entry["metadata"])


async def _price_for(
    account: Account, subscription: Resource, entry: Resource, *, param: str
) -> Resource:
    """Who has an archived price may keep it; a schedule's phase brings its price along."""
    if "_price" in entry:
        planned: Resource = entry["_price"]
        return planned
    for item in subscription["items"]["data"]:
        if item["price"]["id"] == entry.get("price"):
            kept: Resource = item["price"]
            return kept
    return await find_price(account, entry, param=param)


def _move_trial(account: Account, subscription: Resource, end: int) -> None:
    if end > account.now:
        subscription |= {
            "billing_cycle_anchor": end,
            "status": "trialing",
            "trial_end": end,
            "trial_start": subscription["trial_start"] or account.now,
        }
        set_trial_period(subscription, start=account.now, end=end)
    else:
        subscription["trial_end"] = account.now


async def _credits(
    account: Account,
    subscription: Resource,
    old_items: list[Resource],
    change: Change,
    moved: bool,  # noqa: FBT001 # reads well where it is called
) -> list[Resource]:
    """A line for each item whose time is given back: what changed, or all when billing restarts."""
    if change.proration == "none":
        return []
    new = {item["id"]: item for item in subscription["items"]["data"]}
    lines = []
    for item in old_items:
        if item["_debit"] and (moved or not _is_same(item, new.get(item["id"]))):
            amount = credit_for(debit_of(item), at=change.at)
            lines.append(
                await credit_line(account, subscription, item, amount=amount, at=change.at)
            )
    return lines


def debit_of(item: Resource) -> Debit:
    """What was really charged for the item; it must have been charged."""
    debit = item["_debit"]
    return Debit(debit["amount"], Period(debit["start"], debit["end"]))


def _is_same(old: Resource, new: Resource | None) -> bool:
    return (
        new is not None
        and old["price"]["id"] == new["price"]["id"]
        and old["quantity"] == new["quantity"]
    )


async def _restart(
    account: Account, subscription: Resource, change: Change, credits_: list[Resource]
) -> Resource:
    """A new billing date: the whole new period is billed at once."""
    subscription["billing_cycle_anchor"] = account.now
    set_periods(subscription, at=account.now)
    currency = subscription["currency"]
    full = [
        await full_line(account, subscription, item, amount=full_amount(item, currency))
        for item in subscription["items"]["data"]
    ]
    lines = take_pending_lines(subscription) + credits_ + full
    return await _draft(account, subscription, change, lines)


async def _prorate(
    account: Account,
    subscription: Resource,
    old_items: list[Resource],
    change: Change,
    credits_: list[Resource],
) -> Resource | None:
    if change.proration == "none":
        return None
    charges = await _charges(account, subscription, old_items, change)
    lines = _interleave(credits_, charges)
    if change.proration == "always_invoice" and lines:
        return await _draft(account, subscription, change, take_pending_lines(subscription) + lines)
    note_debits(subscription, lines, invoice=None)
    subscription["_pending_lines"] = subscription["_pending_lines"] + lines
    return None


async def _charges(
    account: Account, subscription: Resource, old_items: list[Resource], change: Change
) -> list[Resource]:
    currency = subscription["currency"]
    reductions = await reductions_of(account, subscription, currency=currency, at=account.now)
    items = subscription["items"]["data"]
    net = net_amounts(items, currency=currency, reductions=reductions)
    old = {item["id"]: item for item in old_items}
    period = period_of(subscription)
    return [
        await charge_line(
            account,
            subscription,
            item,
            amount=charge_for(net[item["id"]], period, at=change.at),
            at=change.at,
        )
        for item in items
        if item["id"] not in old or not _is_same(old[item["id"]], item)
    ]


def _interleave(credits_: list[Resource], charges: list[Resource]) -> list[Resource]:
    """Each item's credit stands before its charge."""
    by_item = {_item_of(line): line for line in charges}
    lines = []
    for line in credits_:
        lines.append(line)
        if charge := by_item.pop(_item_of(line), None):
            lines.append(charge)
    return lines + list(by_item.values())


def _item_of(line: Resource) -> str:
    return str(line["parent"]["subscription_item_details"]["subscription_item"])


async def _draft(
    account: Account, subscription: Resource, change: Change, lines: list[Resource]
) -> Resource:
    return await draft_invoice(
        account,
        subscription,
        lines,
        reason="subscription_update",
        period=period_of(subscription),
        proration_date=change.at,
    )
