"""Takes the money of an open invoice, and lets the subscription feel how that went."""

from sandbox.billing.cancelling import end_subscription
from sandbox.billing.finalizing import finalize, mark_paid
from sandbox.billing.payments import Outcome, charge, fail_authentication, settle_payment
from sandbox.billing.pending import apply_pending_update
from sandbox.billing.periods import DAY
from sandbox.engine.account import Account, Resource

_DEFAULT_RETRY_DAYS = [3, 5, 7]
_DEFAULT_AFTER_RETRIES = "cancel"
_ON_HOLD = ("past_due", "unpaid", "incomplete")


async def finalize_and_collect(
    account: Account,
    invoice: Resource,
    *,
    method: Resource | None = None,
    is_authenticated: bool = False,
) -> Outcome:
    """Opens a draft and tries at once to take its money."""
    await finalize(account, invoice)
    return await collect(account, invoice, method=method, is_authenticated=is_authenticated)


async def collect(
    account: Account,
    invoice: Resource,
    *,
    method: Resource | None = None,
    is_authenticated: bool = False,
) -> Outcome:
    """One attempt, with the given payment method or the one on file."""
    if invoice["amount_due"] == 0:
        await settle(account, invoice)
        return Outcome.PAID
    method = method or await find_method_on_file(account, invoice)
    invoice["attempted"] = True
    invoice["attempt_count"] += 1
    if method is None:
        outcome = Outcome.NO_METHOD
    else:
        intent = await account.get("payment_intent", invoice["_intent"])
        outcome = charge(account, intent, method, is_authenticated=is_authenticated)
    if outcome is Outcome.PAID:
        await settle(account, invoice)
    else:
        await _note_failure(account, invoice, outcome)
    return outcome


async def settle(account: Account, invoice: Resource) -> None:
    """The invoice is paid: what waited for it happens."""
    mark_paid(account, invoice)
    await settle_payment(account, invoice)
    customer = await account.get("customer", invoice["customer"])
    customer["delinquent"] = False
    subscription = await subscription_of(account, invoice)
    if subscription is None:
        return
    if subscription.get("_pending_invoice") == invoice["id"]:
        apply_pending_update(account, subscription)
    if subscription["latest_invoice"] == invoice["id"] and subscription["status"] in _ON_HOLD:
        subscription["status"] = "active"
    account.emit("customer.subscription.updated", subscription)


async def _note_failure(account: Account, invoice: Resource, outcome: Outcome) -> None:
    subscription = await subscription_of(account, invoice)
    waits = subscription is not None and subscription.get("_pending_invoice") == invoice["id"]
    if subscription is not None and not waits:
        _plan_retry(account, invoice, subscription)
    if outcome is Outcome.NEEDS_ACTION:
        account.emit("invoice.payment_action_required", invoice)
    account.emit("invoice.payment_failed", invoice)
    if subscription is None or waits:
        return
    (await account.get("customer", invoice["customer"]))["delinquent"] = True
    if subscription["status"] in ("active", "trialing"):
        subscription["status"] = "past_due"
        account.emit("customer.subscription.updated", subscription)


def _plan_retry(account: Account, invoice: Resource, subscription: Resource) -> None:
    """Only what was owed before is asked for again by itself; a first invoice is not."""
    days = dunning_of(account)["retry_days"]
    is_first = subscription["status"] in ("incomplete", "incomplete_expired", "canceled")
    tries = invoice["_retries"]
    may = invoice["auto_advance"] and not is_first and tries < len(days)
    invoice["next_payment_attempt"] = account.now + days[tries] * DAY if may else None


async def retry(account: Account, invoice: Resource) -> None:
    """The next automatic attempt; after the last one the account's setting decides."""
    invoice["_retries"] += 1
    invoice["next_payment_attempt"] = None
    outcome = await collect(account, invoice)
    if outcome is not Outcome.PAID and invoice["next_payment_attempt"] is None:
        await _give_up(account, invoice)
    account.emit("invoice.updated", invoice)


async def _give_up(account: Account, invoice: Resource) -> None:
    subscription = await subscription_of(account, invoice)
    if subscription is None or subscription["status"] != "past_due":
        return
    after = dunning_of(account)["then"]
    if after == "cancel":
        await end_subscription(account, subscription, reason="payment_failed")
    elif after == "unpaid":
        subscription["status"] = "unpaid"
        account.emit("customer.subscription.updated", subscription)


def dunning_of(account: Account) -> Resource:
    """`retry_days` after each failure, `then`: cancel, unpaid or past_due.

    The dashboard's "Manage failed payments" of Stripe; here `PUT /_control/settings`.
    """
    chosen = account.settings.get("dunning", {})
    return {"retry_days": _DEFAULT_RETRY_DAYS, "then": _DEFAULT_AFTER_RETRIES, **chosen}


async def reject_authentication(account: Account, invoice: Resource) -> None:
    """The customer gave up in the 3-D Secure page."""
    intent = await account.get("payment_intent", invoice["_intent"])
    if intent["status"] == "requires_action":
        method = await account.get("payment_method", intent["payment_method"])
        fail_authentication(account, intent, method)
        account.emit("invoice.payment_failed", invoice)


async def find_method_on_file(account: Account, invoice: Resource) -> Resource | None:
    """The subscription's payment method, or else the customer's."""
    subscription = await subscription_of(account, invoice)
    customer = await account.get("customer", invoice["customer"])
    chosen = subscription and subscription["default_payment_method"]
    return await account.find(chosen or customer["invoice_settings"]["default_payment_method"])


async def subscription_of(account: Account, invoice: Resource) -> Resource | None:
    """The subscription that an invoice belongs to."""
    details = (invoice["parent"] or {}).get("subscription_details")
    return await account.find(details["subscription"]) if details else None
