"""Subscriptions over the API: https://docs.stripe.com/api/subscriptions."""

from sandbox.billing.cancelling import end_subscription
from sandbox.billing.changing import Change, apply_change, debit_of
from sandbox.billing.collecting import finalize_and_collect
from sandbox.billing.coupons import read_discounts
from sandbox.billing.discounts import give_discounts
from sandbox.billing.drafting import draft_invoice
from sandbox.billing.finalizing import finalize
from sandbox.billing.invoices import refuse_unpaid
from sandbox.billing.items import period_of
from sandbox.billing.lines import credit_line
from sandbox.billing.payments import Outcome
from sandbox.billing.periods import DAY
from sandbox.billing.proration import credit_for
from sandbox.billing.renewals import take_pending_lines
from sandbox.billing.starting import Order, build_subscription, draft_first_invoice, start
from sandbox.billing.tax import require_location
from sandbox.billing.updating import CHANGING, check_pending, update_items
from sandbox.billing.values import unset_if_empty, update_fields
from sandbox.engine.account import Account, Resource
from sandbox.engine.listing import list_page
from sandbox.engine.operations import PAGE, operation
from sandbox.errors import StripeError, invalid

_CREATES = {
    "automatic_tax", "billing_mode", "cancel_at", "cancel_at_period_end", "collection_method",
    "currency", "customer", "default_payment_method", "description", "discounts", "items",
    "metadata", "off_session", "payment_behavior", "payment_settings", "proration_behavior",
    "trial_end", "trial_period_days", "trial_settings",
}  # fmt: skip
_UPDATES = _CREATES - {"billing_mode", "currency", "customer", "trial_period_days"} | {
    "billing_cycle_anchor", "cancellation_details", "proration_date",
}  # fmt: skip
_ENDED = ("canceled", "incomplete_expired")


@operation("POST", "/v1/subscriptions", takes=_CREATES)
async def _create_subscription(account: Account, params: Resource) -> Resource:
    subscription = await build_subscription(account, await _read_order(account, params))
    behavior = params.get("payment_behavior", "allow_incomplete")
    if behavior == "default_incomplete":
        await _start_unpaid(account, subscription)
        return subscription
    outcome = await start(account, subscription)
    if behavior == "error_if_incomplete" and outcome is not Outcome.PAID:
        invoice = await account.get("invoice", subscription["latest_invoice"])
        await _refuse_all(account, invoice, outcome)
    return subscription


async def _refuse_all(account: Account, invoice: Resource, outcome: Outcome) -> None:
    try:
        await refuse_unpaid(account, invoice, outcome)
    except StripeError as refusal:
        refusal.keeps_changes = False
        raise


async def _start_unpaid(account: Account, subscription: Resource) -> None:
    """The first invoice is open and waits for somebody to pay it."""
    invoice = await draft_first_invoice(account, subscription)
    account.emit("customer.subscription.created", subscription)
    account.emit("invoice.created", invoice)
    await finalize(account, invoice)


async def _read_order(account: Account, params: Resource) -> Order:
    customer = await account.get("customer", params.get("customer", ""), param="customer")
    method = params.get("default_payment_method")
    if method:
        await _check_method(account, method, customer=customer["id"])
    mode = params.get("billing_mode", {})
    return Order(
        customer=customer,
        items=params.get("items", []),
        currency=params.get("currency"),
        metadata=params.get("metadata") or {},
        description=params.get("description"),
        billing_mode=check_billing_mode(mode),
        collects_tax=params.get("automatic_tax", {}).get("enabled", False),
        trial_end=_trial_end(account, params),
        missing_method=missing_method_of(params),
        default_payment_method=method,
        discounts=await read_discounts(
            account, params.get("discounts", []), customer=customer["id"]
        ),
        cancel_at=_read_cancel_at(params.get("cancel_at")),
        cancel_at_period_end=params.get("cancel_at_period_end", False),
    )


def check_billing_mode(mode: Resource) -> str:
    """The sandbox has flexible billing with included discounts, Stripe's default.

    Raises:
        StripeError: another mode is asked for.
    """
    discounts = mode.get("flexible", {}).get("proration_discounts", "included")
    if mode.get("type", "flexible") != "flexible" or discounts != "included":
        raise invalid("The sandbox has `billing_mode[type]=flexible` only.", param="billing_mode")
    return "flexible"


def missing_method_of(params: Resource) -> str:
    """What a trial does that ends without a payment method."""
    settings = params.get("trial_settings", {})
    return str(settings.get("end_behavior", {}).get("missing_payment_method", "create_invoice"))


def _trial_end(account: Account, params: Resource) -> int | None:
    if days := params.get("trial_period_days"):
        return account.now + int(days) * DAY
    end = params.get("trial_end")
    return None if end in (None, "now") else int(end)


def _read_cancel_at(wanted: int | str | None) -> int | None:
    if isinstance(wanted, str) and wanted:
        raise invalid(f"The sandbox does not know `cancel_at={wanted}`.", param="cancel_at")
    return int(wanted) if wanted else None


async def _check_method(account: Account, method: str, *, customer: str) -> None:
    found = await account.get("payment_method", method, param="default_payment_method")
    if found["customer"] != customer:
        raise invalid(
            f"The customer does not have a payment method with the ID {method}. The payment method "
            "must be attached to the customer.",
            param="default_payment_method",
            code="resource_missing",
        )


@operation("GET", "/v1/subscriptions/{subscription_exposed_id}")
async def _retrieve_subscription(
    account: Account,
    params: Resource,  # noqa: ARG001 # none beside expand
    subscription: str,
) -> Resource:
    return await account.get("subscription", subscription)


@operation("POST", "/v1/subscriptions/{subscription_exposed_id}", takes=_UPDATES)
async def _update_subscription(account: Account, params: Resource, subscription: str) -> Resource:
    found = await account.get("subscription", subscription)
    if found["status"] in _ENDED:
        raise invalid(
            "A canceled subscription can only update its cancellation_details and metadata.",
        )
    if params.get("payment_behavior") == "pending_if_incomplete":
        check_pending(params)
    await _update_settings(account, found, params)
    if CHANGING & params.keys():
        await update_items(account, found, params)
    account.emit("customer.subscription.updated", found)
    return found


async def _update_settings(account: Account, subscription: Resource, params: Resource) -> None:
    update_fields(subscription, params, ("description",))
    if "default_payment_method" in params:
        method = params["default_payment_method"]
        await _check_method(account, method, customer=subscription["customer"])
        subscription["default_payment_method"] = method
    if "automatic_tax" in params:
        await _switch_tax(account, subscription, enabled=params["automatic_tax"]["enabled"])
    if "discounts" in params:
        wanted = await read_discounts(
            account, params["discounts"], customer=subscription["customer"]
        )
        await give_discounts(account, subscription, wanted)
    if details := params.get("cancellation_details"):
        subscription["cancellation_details"] |= {
            key: unset_if_empty(value) for key, value in details.items()
        }
    if "trial_settings" in params:
        end = {"missing_payment_method": missing_method_of(params)}
        subscription["trial_settings"] = {"end_behavior": end}
    if params.keys() & {"cancel_at", "cancel_at_period_end"}:
        set_cancellation(account, subscription, params)


async def _switch_tax(account: Account, subscription: Resource, *, enabled: bool) -> None:
    if enabled:
        require_location(await account.get("customer", subscription["customer"]))
    subscription["automatic_tax"] |= {
        "enabled": enabled,
        "liability": {"type": "self"} if enabled else None,
    }


def set_cancellation(account: Account, subscription: Resource, params: Resource) -> None:
    """Sets or calls off the end of a subscription.

    Raises:
        StripeError: a schedule decides about that.
    """
    if subscription["schedule"]:
        raise invalid(
            f"The subscription is managed by the subscription schedule "
            f"`{subscription['schedule']}`, and updating any cancelation behavior directly is not "
            "allowed. Please update the schedule instead.",
        )
    if "cancel_at_period_end" in params:
        at_end = params["cancel_at_period_end"]
        subscription["cancel_at_period_end"] = at_end
        subscription["cancel_at"] = period_of(subscription).end if at_end else None
    if "cancel_at" in params:
        subscription["cancel_at"] = _read_cancel_at(params["cancel_at"])
        subscription["cancel_at_period_end"] = False
    is_set = subscription["cancel_at"] is not None
    subscription["canceled_at"] = account.now if is_set else None
    reason = "cancellation_requested" if is_set else None
    subscription["cancellation_details"]["reason"] = reason


@operation(
    "DELETE",
    "/v1/subscriptions/{subscription_exposed_id}",
    takes={"cancellation_details", "invoice_now", "prorate"},
)
async def cancel_subscription(account: Account, params: Resource, subscription: str) -> Resource:
    """Ends it at once; `prorate` credits what is left, `invoice_now` bills what waits."""
    found = await account.get("subscription", subscription)
    if found["status"] in _ENDED:
        raise StripeError(
            f"No such subscription: '{subscription}'", status=404, code="resource_missing",
            param="id",
        )  # fmt: skip
    if details := params.get("cancellation_details"):
        found["cancellation_details"] |= {k: unset_if_empty(v) for k, v in details.items()}
    await _bill_last(account, found, params)
    await end_subscription(account, found, reason="cancellation_requested")
    return found


async def _bill_last(account: Account, subscription: Resource, params: Resource) -> None:
    lines = take_pending_lines(subscription) if params.get("invoice_now") else []
    if params.get("prorate"):
        lines = lines + await _credits_for_rest(account, subscription)
    if not lines:
        return
    invoice = await draft_invoice(
        account,
        subscription,
        lines,
        reason="subscription_update",
        period=period_of(subscription),
        proration_date=account.now,
    )
    subscription["latest_invoice"] = invoice["id"]
    account.emit("invoice.created", invoice)
    await finalize_and_collect(account, invoice)


async def _credits_for_rest(account: Account, subscription: Resource) -> list[Resource]:
    return [
        await credit_line(
            account,
            subscription,
            item,
            amount=credit_for(debit_of(item), at=account.now),
            at=account.now,
        )
        for item in subscription["items"]["data"]
        if item["_debit"]
    ]


@operation("GET", "/v1/subscriptions", takes=PAGE | {"customer", "price", "status"})
async def list_subscriptions(account: Account, params: Resource) -> Resource:
    """Without `status` everything but canceled ones, with `all` everything, as with Stripe."""
    where: Resource = {}
    if price := params.get("price"):
        where["items"] = {"data": [{"price": {"id": price}}]}
    return await list_page(
        account,
        "subscription",
        params,
        url="/v1/subscriptions",
        where=where,
        statuses=_statuses(params.get("status")),
    )


def _statuses(status: str | None) -> list[str] | None:
    if status == "all":
        return None
    if status == "ended":
        return list(_ENDED)
    if status is not None:
        return [status]
    return ["incomplete", "trialing", "active", "past_due", "unpaid", "paused"]


@operation("POST", "/v1/subscriptions/{subscription}/resume")
async def resume_subscription(
    account: Account,
    params: Resource,  # noqa: ARG001 # billing always begins anew
    subscription: str,
) -> Resource:
    """Only for `paused`: billing begins anew."""
    found = await account.get("subscription", subscription)
    if found["status"] != "paused":
        raise invalid("Only paused subscriptions can be resumed.")
    found["status"] = "active"
    invoice = await apply_change(
        account, found, Change(at=account.now, resets_anchor=True, proration="none")
    )
    assert invoice is not None
    found["latest_invoice"] = invoice["id"]
    account.emit("invoice.created", invoice)
    await finalize_and_collect(account, invoice)
    account.emit("customer.subscription.resumed", found)
    return found
