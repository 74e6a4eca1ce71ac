"""Invoice previews: https://docs.stripe.com/api/invoices/create_preview.

A preview runs the code of the real thing inside a rehearsal: `apply_change` for a change, the
renewal for the next invoice, `build_subscription` for a new subscription. So it cannot differ from
what is billed when nothing else happens in between.
"""

from sandbox.billing.changing import apply_change, read_change
from sandbox.billing.coupons import read_discounts
from sandbox.billing.discounts import give_discounts
from sandbox.billing.drafting import draft_invoice
from sandbox.billing.items import period_of
from sandbox.billing.periods import HOUR
from sandbox.billing.renewals import draft_renewal, take_pending_lines
from sandbox.billing.schedules import begin_phase, phase_at, update_schedule
from sandbox.billing.starting import Order, build_subscription, draft_first_invoice
from sandbox.billing.updating import CHANGING
from sandbox.billing.values import refuse_unsupported
from sandbox.engine.account import Account, Resource
from sandbox.engine.ids import random_text
from sandbox.engine.operations import operation
from sandbox.errors import StripeError, invalid

_SUPPORTED = {
    "automatic_tax", "currency", "customer", "discounts", "preview_mode", "schedule",
    "schedule_details", "subscription", "subscription_details",
}  # fmt: skip
_SCHEDULE_DETAILS = {"end_behavior", "phases", "proration_behavior"}
_DETAILS = {
    "billing_cycle_anchor", "billing_mode", "cancel_at", "cancel_at_period_end", "items",
    "proration_behavior", "proration_date", "trial_end",
}  # fmt: skip


@operation("POST", "/v1/invoices/create_preview", takes=_SUPPORTED)
async def _create_preview(account: Account, params: Resource) -> Resource:
    details = params.get("subscription_details", {})
    refuse_unsupported(details, _DETAILS, what="subscription_details")
    async with account.rehearse():
        if "schedule" in params:
            invoice = await _preview_schedule(account, params)
        elif "subscription" in params:
            invoice = await _preview_existing(account, params, details)
        else:
            invoice = await _preview_new(account, params, details)
        return _as_preview(invoice)


async def _preview_existing(account: Account, params: Resource, details: Resource) -> Resource:
    subscription = await account.get("subscription", params["subscription"], param="subscription")
    if params.get("customer", subscription["customer"]) != subscription["customer"]:
        raise invalid("The subscription belongs to another customer.", param="customer")
    if "discounts" in params:
        await _discount(account, subscription, params["discounts"])
    if CHANGING & details.keys():
        change = read_change(account, subscription, details)
        draft = await apply_change(account, subscription, change)
        if draft is not None:
            return draft
    return await _preview_next(account, subscription, details)


async def _preview_schedule(account: Account, params: Resource) -> Resource:
    """The next invoice of a schedule's subscription, once the schedule is modified so."""
    if params.keys() & {"subscription", "subscription_details"}:
        raise invalid("You cannot give a schedule and a subscription.", param="schedule")
    details = params.get("schedule_details", {})
    refuse_unsupported(details, _SCHEDULE_DETAILS, what="schedule_details")
    schedule = await update_schedule(account, details, params["schedule"])
    subscription = await account.get("subscription", schedule["subscription"])
    return await _preview_next(account, subscription, {})


async def _discount(account: Account, subscription: Resource, wanted: list[Resource]) -> None:
    pairs = await read_discounts(account, wanted, customer=subscription["customer"])
    await give_discounts(account, subscription, pairs)


async def _preview_next(account: Account, subscription: Resource, details: Resource) -> Resource:
    """The invoice of the next renewal; or, when it ends there, what is still to be collected."""
    end = period_of(subscription).end
    ends = details.get("cancel_at_period_end", subscription["cancel_at_period_end"])
    cancel_at = details.get("cancel_at") or subscription["cancel_at"]
    if "cancel_at_period_end" in details and not ends:
        cancel_at = None
    account.now = end
    if subscription["status"] in ("canceled", "incomplete", "incomplete_expired", "paused"):
        raise _nothing_upcoming(subscription)
    if ends or (cancel_at and cancel_at <= end):
        lines = take_pending_lines(subscription)
        if not lines:
            raise _nothing_upcoming(subscription)
        return await draft_invoice(
            account,
            subscription,
            lines,
            reason="upcoming",
            period=period_of(subscription),
        )
    await _enter_phase(account, subscription)
    invoice = await draft_renewal(account, subscription)
    invoice["next_payment_attempt"] = end + HOUR
    return invoice


async def _enter_phase(account: Account, subscription: Resource) -> None:
    schedule = await account.find(subscription["schedule"])
    phase = phase_at(schedule, at=account.now) if schedule else None
    if phase is not None:
        await begin_phase(account, subscription, phase)


def _nothing_upcoming(subscription: Resource) -> StripeError:
    return StripeError(
        f"No upcoming invoices for customer: '{subscription['customer']}'",
        status=404,
        code="invoice_upcoming_none",
    )


async def _preview_new(account: Account, params: Resource, details: Resource) -> Resource:
    """The first invoice of a subscription that does not exist yet."""
    if "customer" not in params:
        raise invalid(
            "You must provide a customer, a subscription, or a schedule.",
            param="customer",
            code="parameter_missing",
        )
    customer = await account.get("customer", params["customer"], param="customer")
    trial_end = details.get("trial_end")
    order = Order(
        customer=customer,
        items=details.get("items", []),
        currency=params.get("currency"),
        collects_tax=params.get("automatic_tax", {}).get("enabled", False),
        trial_end=None if trial_end == "now" else trial_end,
        discounts=await read_discounts(
            account, params.get("discounts", []), customer=customer["id"]
        ),
    )
    subscription = await build_subscription(account, order)
    return await draft_first_invoice(account, subscription)


def _as_preview(invoice: Resource) -> Resource:
    """A preview has no place among the invoices."""
    return {
        **invoice,
        "id": f"upcoming_in_{random_text(24)}",
        "auto_advance": False,
        "billing_reason": "upcoming",
    }
