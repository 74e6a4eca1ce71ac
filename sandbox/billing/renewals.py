"""What time does to a subscription: renewal, the end of a trial, a cancellation that was set."""

from sandbox.billing.cancelling import end_subscription, expire_incomplete
from sandbox.billing.collecting import finalize_and_collect
from sandbox.billing.discounts import use_up_once
from sandbox.billing.drafting import draft_invoice
from sandbox.billing.items import full_amount, period_of, set_periods
from sandbox.billing.lines import full_line
from sandbox.billing.pending import LIFETIME, drop_pending_update
from sandbox.billing.periods import HOUR, Period
from sandbox.engine.account import Account, Resource
from sandbox.engine.due import when

_RUNNING = ("trialing", "active", "past_due", "unpaid")


def _next_moment(subscription: Resource) -> int | None:
    if subscription["status"] == "incomplete":
        return int(subscription["created"]) + LIFETIME
    if subscription["status"] not in _RUNNING:
        return None
    moments = [period_of(subscription).end]
    if subscription["cancel_at"]:
        moments.append(subscription["cancel_at"])
    if subscription["pending_update"]:
        moments.append(subscription["pending_update"]["expires_at"])
    return min(moments)


@when("subscription", _next_moment)
async def advance_subscription(account: Account, subscription: Resource) -> None:
    """All that is due at this second: a change that waited for payment is dropped before."""
    if subscription["status"] == "incomplete":
        await expire_incomplete(account, subscription)
        return
    pending = subscription["pending_update"]
    if pending and pending["expires_at"] <= account.now:
        await drop_pending_update(account, subscription, expired=True)
        account.emit("customer.subscription.updated", subscription)
    if _is_over(subscription, at=account.now):
        await _end(account, subscription)
    elif period_of(subscription).end <= account.now:
        await _renew(account, subscription)


def _is_over(subscription: Resource, *, at: int) -> bool:
    cancel_at = subscription["cancel_at"]
    if cancel_at is not None and cancel_at <= at:
        return True
    return bool(subscription["cancel_at_period_end"]) and period_of(subscription).end <= at


async def _end(account: Account, subscription: Resource) -> None:
    """Prorations that were not billed yet are still collected."""
    lines = take_pending_lines(subscription)
    if lines:
        invoice = await draft_invoice(
            account,
            subscription,
            lines,
            reason="subscription_cycle",
            period=period_of(subscription),
        )
        subscription["latest_invoice"] = invoice["id"]
        account.emit("invoice.created", invoice)
        await finalize_and_collect(account, invoice)
    await end_subscription(account, subscription, reason="cancellation_requested")


async def _renew(account: Account, subscription: Resource) -> None:
    was_trial = subscription["status"] == "trialing"
    if was_trial and await _ends_without_method(account, subscription):
        return
    invoice = await draft_renewal(account, subscription)
    if was_trial:
        subscription["status"] = "active"
    if subscription["status"] == "unpaid":
        invoice["auto_advance"] = False
    else:
        invoice["automatically_finalizes_at"] = account.now + HOUR
    subscription["latest_invoice"] = invoice["id"]
    await use_up_once(account, subscription)
    account.emit("customer.subscription.updated", subscription)
    account.emit("invoice.created", invoice)


async def _ends_without_method(account: Account, subscription: Resource) -> bool:
    """A trial that ends without a card ends as `trial_settings` says."""
    behavior = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
    customer = await account.get("customer", subscription["customer"])
    default = customer["invoice_settings"]["default_payment_method"]
    if behavior == "create_invoice" or subscription["default_payment_method"] or default:
        return False
    if behavior == "cancel":
        await end_subscription(account, subscription, reason="cancellation_requested")
    else:
        subscription["status"] = "paused"
        account.emit("customer.subscription.paused", subscription)
    return True


async def draft_renewal(account: Account, subscription: Resource) -> Resource:
    """The invoice of the next period, with what prorations wait; the periods move on."""
    last = period_of(subscription)
    set_periods(subscription, at=last.end)
    currency = subscription["currency"]
    pending = take_pending_lines(subscription)
    full = [
        await full_line(account, subscription, item, amount=full_amount(item, currency))
        for item in subscription["items"]["data"]
    ]
    return await draft_invoice(
        account,
        subscription,
        pending + full,
        reason="subscription_cycle",
        period=Period(last.start, last.end),
    )


def take_pending_lines(subscription: Resource) -> list[Resource]:
    """Prorations that wait for the next invoice; they wait no more."""
    lines: list[Resource] = subscription["_pending_lines"]
    subscription["_pending_lines"] = []
    return lines
