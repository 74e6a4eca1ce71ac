"""Updates of a subscription: the change itself, then the money, as `payment_behavior` says."""

import copy

from sandbox.billing.changing import Change, apply_change, read_change
from sandbox.billing.collecting import collect, finalize_and_collect
from sandbox.billing.finalizing import finalize
from sandbox.billing.invoices import refuse_unpaid
from sandbox.billing.payments import Outcome
from sandbox.billing.pending import drop_pending_update, keep_for_later
from sandbox.engine.account import Account, Resource
from sandbox.errors import StripeError, invalid

# https://docs.stripe.com/billing/subscriptions/pending-updates-reference#supported-attributes
_ALLOWED_PENDING = {
    "billing_cycle_anchor", "items", "payment_behavior", "proration_behavior", "proration_date",
    "trial_end", "off_session", "expand",
}  # fmt: skip
CHANGING = {"items", "billing_cycle_anchor", "trial_end"}


def check_pending(params: Resource) -> None:
    """`pending_if_incomplete` takes few parameters.

    Raises:
        StripeError: another one is given.
    """
    if others := sorted(params.keys() - _ALLOWED_PENDING):
        raise invalid(
            "When `payment_behavior` is set to `pending_if_incomplete`, only the following "
            f"parameters are supported: {', '.join(sorted(_ALLOWED_PENDING - {'expand'}))}. "
            f"Received: {others[0]}.",
            param=others[0],
        )


async def update_items(account: Account, subscription: Resource, params: Resource) -> None:
    """Changes what is subscribed, and bills it.

    Raises:
        StripeError: with `error_if_incomplete`, when the money does not come (nothing changed).
    """
    behavior = params.get("payment_behavior", "allow_incomplete")
    await drop_pending_update(account, subscription, expired=False)
    change = read_change(account, subscription, params)
    await bill_change(account, subscription, change, behavior=behavior)


async def bill_change(
    account: Account, subscription: Resource, change: Change, *, behavior: str
) -> None:
    """Applies a change and takes the money for it."""
    before = copy.deepcopy(subscription)
    invoice = await apply_change(account, subscription, change)
    if invoice is None:
        return
    subscription["latest_invoice"] = invoice["id"]
    account.emit("invoice.created", invoice)
    if behavior == "pending_if_incomplete":
        await _bill_pending(account, subscription, invoice, before)
    elif behavior == "default_incomplete":
        await _bill_later(account, subscription, invoice)
    else:
        outcome = await finalize_and_collect(account, invoice)
        if behavior == "error_if_incomplete":
            await _refuse_all(account, invoice, outcome)


async def _bill_pending(
    account: Account, subscription: Resource, invoice: Resource, before: Resource
) -> None:
    """The change counts when it is paid; until then the subscription is as it was."""
    keep_for_later(account, subscription, before=before, invoice=invoice)
    outcome = await finalize_and_collect(account, invoice)
    subscription["_pending_reported"] = outcome is not Outcome.PAID


async def _bill_later(account: Account, subscription: Resource, invoice: Resource) -> None:
    await finalize(account, invoice)
    invoice["auto_advance"] = False
    if invoice["amount_due"] == 0:
        await collect(account, invoice)
    elif subscription["status"] == "active":
        subscription["status"] = "past_due"


async def _refuse_all(account: Account, invoice: Resource, outcome: Outcome) -> None:
    try:
        await refuse_unpaid(account, invoice, outcome)
    except StripeError as refusal:
        refusal.keeps_changes = False
        raise
