"""Pending updates: a change that counts only when its invoice is paid.

`_pending_after` is the part of the subscription as it will be; `_pending_invoice` is what has to
be paid (https://docs.stripe.com/billing/subscriptions/pending-updates).
"""

import copy

from sandbox.billing.finalizing import mark_void
from sandbox.billing.items import period_of
from sandbox.billing.periods import HOUR
from sandbox.engine.account import Account, Resource

LIFETIME = 23 * HOUR
_CHANGED = ("items", "billing_cycle_anchor", "trial_end", "trial_start", "discounts", "status",
            "_pending_lines")  # fmt: skip


def keep_for_later(
    account: Account, subscription: Resource, *, before: Resource, invoice: Resource
) -> None:
    """Puts the subscription back as it was `before`, with the change waiting for `invoice`.

    It waits for 23 hours, and not beyond the end of the period.
    """
    after = {key: copy.deepcopy(subscription[key]) for key in _CHANGED}
    if after["status"] == before["status"]:
        del after["status"]  # what happens to it in the meantime counts
    moved = after["billing_cycle_anchor"] != before["billing_cycle_anchor"]
    subscription |= {key: copy.deepcopy(before[key]) for key in _CHANGED}
    subscription["_pending_after"] = after
    subscription["_pending_invoice"] = invoice["id"]
    subscription["pending_update"] = {
        "billing_cycle_anchor": after["billing_cycle_anchor"] if moved else None,
        "discounts": None,
        "expires_at": min(account.now + LIFETIME, period_of(subscription).end),
        "subscription_items": copy.deepcopy(after["items"]["data"]),
        "trial_end": after["trial_end"] if after["trial_end"] != before["trial_end"] else None,
        "trial_from_plan": None,
    }
    invoice["auto_advance"] = False


def apply_pending_update(account: Account, subscription: Resource) -> None:
    """The invoice is paid: the change counts."""
    was_reported = subscription.get("_pending_reported")
    subscription |= subscription["_pending_after"]
    _clear(subscription)
    if was_reported:
        account.emit("customer.subscription.pending_update_applied", subscription)


async def drop_pending_update(account: Account, subscription: Resource, *, expired: bool) -> None:
    """The change is off, and its invoice void."""
    invoice = await account.find(subscription.get("_pending_invoice"))
    if subscription["pending_update"] is None:
        return
    _clear(subscription)
    if invoice is not None and invoice["status"] == "open":
        await mark_void(account, invoice)
    if expired:
        account.emit("customer.subscription.pending_update_expired", subscription)


def _clear(subscription: Resource) -> None:
    subscription["pending_update"] = None
    subscription["_pending_after"] = None
    subscription["_pending_invoice"] = None
    subscription["_pending_reported"] = False
