"""The end of a subscription: https://docs.stripe.com/billing/subscriptions/cancel."""

from sandbox.billing.finalizing import mark_void
from sandbox.billing.pending import drop_pending_update
from sandbox.engine.account import Account, Resource


async def end_subscription(account: Account, subscription: Resource, *, reason: str) -> None:
    """Ends it now. What is still owed stays owed, but nobody asks for it any more.

    `reason`: `cancellation_requested` or `payment_failed`.
    """
    await drop_pending_update(account, subscription, expired=False)
    await _stop_collecting(account, subscription)
    await _cancel_schedule(account, subscription)
    subscription |= {
        "canceled_at": subscription["canceled_at"] or account.now,
        "ended_at": account.now,
        "status": "canceled",
    }
    details = subscription["cancellation_details"]
    details["reason"] = details["reason"] or reason
    account.emit("customer.subscription.deleted", subscription)


async def expire_incomplete(account: Account, subscription: Resource) -> None:
    """The first invoice was not paid within 23 hours; nobody can pay it any more."""
    subscription |= {"status": "incomplete_expired", "ended_at": account.now}
    for invoice in await _open_invoices(account, subscription):
        if invoice["status"] == "open":
            await mark_void(account, invoice)
    account.emit("customer.subscription.updated", subscription)


async def _stop_collecting(account: Account, subscription: Resource) -> None:
    for invoice in await _open_invoices(account, subscription):
        invoice["auto_advance"] = False
        invoice["next_payment_attempt"] = None
        invoice["automatically_finalizes_at"] = None
        account.emit("invoice.updated", invoice)


async def _open_invoices(account: Account, subscription: Resource) -> list[Resource]:
    """Drafts included."""
    invoices = await account.select(
        "invoice", customer=subscription["customer"], statuses=["draft", "open"]
    )
    return [
        invoice
        for invoice in invoices
        if invoice["parent"]["subscription_details"]["subscription"] == subscription["id"]
    ]


async def _cancel_schedule(account: Account, subscription: Resource) -> None:
    schedule = await account.find(subscription["schedule"])
    if schedule is None or schedule["status"] not in ("active", "not_started"):
        return
    schedule |= {"canceled_at": account.now, "current_phase": None, "status": "canceled"}
    account.emit("subscription_schedule.canceled", schedule)
