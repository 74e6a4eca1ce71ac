"""How a subscription begins: over the API, and through checkout."""

from dataclasses import dataclass, field

from sandbox.billing.collecting import finalize_and_collect
from sandbox.billing.discounts import give_discounts, use_up_once
from sandbox.billing.drafting import draft_invoice
from sandbox.billing.items import (
    find_price,
    full_amount,
    make_item,
    period_of,
    set_periods,
    set_trial_period,
)
from sandbox.billing.lines import full_line, trial_line
from sandbox.billing.payments import Outcome
from sandbox.billing.prices import amount_in
from sandbox.billing.tax import require_location
from sandbox.engine.account import Account, Resource
from sandbox.engine.ids import new_id
from sandbox.engine.listing import make_list
from sandbox.errors import invalid


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a new subscription is to be."""

    customer: Resource
    items: list[Resource]
    currency: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    description: str | None = None
    billing_mode: str = "flexible"
    proration_discounts: str = "included"
    collects_tax: bool = False
    trial_end: int | None = None
    missing_method: str = "create_invoice"
    default_payment_method: str | None = None
    discounts: list[tuple[str, str | None]] = field(default_factory=list)
    cancel_at: int | None = None
    cancel_at_period_end: bool = False


async def build_subscription(account: Account, order: Order) -> Resource:
    """The subscription with its items and discounts, `incomplete`, without an invoice yet.

    Raises:
        StripeError: a price, the currency, a discount or the customer's location does not do.
    """
    if order.collects_tax:
        require_location(order.customer)
    prices = [
        await find_price(account, wanted, param=f"items[{index}]")
        for index, wanted in enumerate(order.items)
    ]
    if not prices:
        raise invalid("Missing required param: items.", param="items", code="parameter_missing")
    currency = order.currency or order.customer["currency"] or prices[0]["currency"]
    for price in prices:
        amount_in(price, currency)
    _keep_currency(order.customer, currency)
    subscription_id = new_id("subscription")
    items = [
        make_item(account, subscription_id, price, wanted)
        for price, wanted in zip(prices, order.items, strict=True)
    ]
    values = _new_subscription(account, order, currency=currency)
    url = f"/v1/subscription_items?subscription={subscription_id}"
    values["items"] = make_list(items, url=url)
    subscription = account.add("subscription", values, key=subscription_id)
    _set_first_period(account, subscription)
    await give_discounts(account, subscription, order.discounts)
    return subscription


def _keep_currency(customer: Resource, currency: str) -> None:
    check_currency(customer, currency)
    customer["currency"] = currency


def check_currency(customer: Resource, currency: str) -> None:
    """A customer pays in one currency, that of the first purchase.

    Raises:
        StripeError: it is another one.
    """
    if customer["currency"] not in (None, currency):
        raise invalid(
            f"You cannot combine currencies on a single customer. This customer has an active "
            f"subscription, subscription schedule, discount, quote, or invoice item with currency "
            f"{customer['currency']}."
        )


def _set_first_period(account: Account, subscription: Resource) -> None:
    if subscription["trial_end"]:
        set_trial_period(subscription, start=account.now, end=subscription["trial_end"])
    else:
        set_periods(subscription, at=account.now)


async def draft_first_invoice(account: Account, subscription: Resource) -> Resource:
    """What the first period costs; a trial costs nothing."""
    currency = subscription["currency"]
    lines = [
        await trial_line(account, subscription, item)
        if subscription["trial_end"]
        else await full_line(account, subscription, item, amount=full_amount(item, currency))
        for item in subscription["items"]["data"]
    ]
    invoice = await draft_invoice(
        account,
        subscription,
        lines,
        reason="subscription_create",
        period=period_of(subscription),
    )
    invoice["period_start"] = invoice["period_end"] = account.now
    subscription["latest_invoice"] = invoice["id"]
    if not subscription["trial_end"]:
        await use_up_once(account, subscription)
    return invoice


async def start(
    account: Account,
    subscription: Resource,
    *,
    method: Resource | None = None,
    is_authenticated: bool = False,
) -> Outcome:
    """Bills the first period. Paid, or free in a trial, it is active."""
    invoice = await draft_first_invoice(account, subscription)
    account.emit("customer.subscription.created", subscription)
    account.emit("invoice.created", invoice)
    outcome = await finalize_and_collect(
        account, invoice, method=method, is_authenticated=is_authenticated
    )
    if outcome is Outcome.PAID:
        subscription["status"] = "trialing" if subscription["trial_end"] else "active"
        account.emit("customer.subscription.updated", subscription)
    return outcome


def _new_subscription(account: Account, order: Order, *, currency: str) -> Resource:
    return {
        "_pending_after": None,
        "_pending_invoice": None,
        "_pending_lines": [],
        "application": None,
        "application_fee_percent": None,
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": order.collects_tax,
            "liability": {"type": "self"} if order.collects_tax else None,
        },
        "billing_cycle_anchor": order.trial_end or account.now,
        "billing_cycle_anchor_config": None,
        "billing_mode": _billing_mode(account, order),
        "billing_schedules": [],
        "billing_thresholds": None,
        "cancel_at": order.cancel_at,
        "cancel_at_period_end": order.cancel_at_period_end,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "currency": currency,
        "customer": order.customer["id"],
        "days_until_due": None,
        "default_payment_method": order.default_payment_method,
        "default_source": None,
        "default_tax_rates": [],
        "description": order.description,
        "discounts": [],
        "ended_at": None,
        "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
        "latest_invoice": None,
        "metadata": order.metadata,
        "next_pending_invoice_item_invoice": None,
        "on_behalf_of": None,
        "pause_collection": None,
        "payment_settings": {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        "pending_invoice_item_interval": None,
        "pending_setup_intent": None,
        "pending_update": None,
        "schedule": None,
        "start_date": account.now,
        "status": "incomplete",
        "test_clock": None,
        "transfer_data": None,
        "trial_end": order.trial_end,
        "trial_settings": {"end_behavior": {"missing_payment_method": order.missing_method}},
        "trial_start": account.now if order.trial_end else None,
    }


def _billing_mode(account: Account, order: Order) -> Resource:
    if order.billing_mode == "classic":
        return {"flexible": None, "type": "classic"}
    return {
        "flexible": {"proration_discounts": order.proration_discounts},
        "type": "flexible",
        "updated_at": account.now,
    }
