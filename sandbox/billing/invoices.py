"""Invoices over the API: https://docs.stripe.com/api/invoices."""

from sandbox.billing.cancelling import expire_incomplete
from sandbox.billing.collecting import collect, retry, settle, subscription_of
from sandbox.billing.finalizing import finalize, mark_void
from sandbox.billing.payment_methods import find_method
from sandbox.billing.payments import Outcome
from sandbox.billing.pending import drop_pending_update
from sandbox.billing.values import update_fields
from sandbox.engine.account import Account, Resource
from sandbox.engine.due import when
from sandbox.engine.listing import list_page, page_of
from sandbox.engine.operations import PAGE, operation
from sandbox.errors import StripeError, declined, invalid


@operation("GET", "/v1/invoices/{invoice}")
async def _retrieve_invoice(account: Account, params: Resource, invoice: str) -> Resource:  # noqa: ARG001 # none beside expand
    return await account.get("invoice", invoice)


@operation(
    "GET", "/v1/invoices", takes=PAGE | {"collection_method", "customer", "status", "subscription"}
)
async def _list_invoices(account: Account, params: Resource) -> Resource:
    where: Resource = {key: params[key] for key in ("collection_method", "status") if key in params}
    if subscription := params.get("subscription"):
        where["parent"] = {"subscription_details": {"subscription": subscription}}
    return await list_page(account, "invoice", params, url="/v1/invoices", where=where)


@operation("GET", "/v1/invoices/{invoice}/lines", takes=PAGE)
async def _list_lines(account: Account, params: Resource, invoice: str) -> Resource:
    found = await account.get("invoice", invoice)
    return page_of(found["lines"]["data"], params, url=f"/v1/invoices/{invoice}/lines")


@operation(
    "POST", "/v1/invoices/{invoice}", takes={"auto_advance", "description", "footer", "metadata"}
)
async def update_invoice(account: Account, params: Resource, invoice: str) -> Resource:
    """Description, footer, metadata and `auto_advance`."""
    found = await account.get("invoice", invoice)
    update_fields(found, params, ("auto_advance", "description", "footer"))
    account.emit("invoice.updated", found)
    return found


@operation("POST", "/v1/invoices/{invoice}/finalize", takes={"auto_advance"})
async def _finalize_invoice(account: Account, params: Resource, invoice: str) -> Resource:
    found = await account.get("invoice", invoice)
    await finalize(account, found)
    if params.get("auto_advance", found["auto_advance"]):
        await collect(account, found)
    return found


@operation(
    "POST",
    "/v1/invoices/{invoice}/pay",
    takes={"off_session", "paid_out_of_band", "payment_method"},
)
async def pay_invoice(account: Account, params: Resource, invoice: str) -> Resource:
    """Raises `card_declined`, or `invoice_payment_intent_requires_action` for 3-D Secure."""
    found = await account.get("invoice", invoice)
    if found["status"] == "draft":
        await finalize(account, found)
    check_payable(found)
    if params.get("paid_out_of_band"):
        found["amount_paid_off_stripe"] = found["amount_due"]
        await settle(account, found)
        return found
    method = None
    if name := params.get("payment_method"):
        method = await find_method(account, name, param="payment_method")
    await refuse_unpaid(account, found, await collect(account, found, method=method))
    return found


def check_payable(invoice: Resource) -> None:
    """Only what is open can be paid.

    Raises:
        StripeError: the invoice is paid, void or uncollectible.
    """
    if invoice["status"] == "paid":
        raise invalid("Invoice is already paid", code="invoice_already_paid")
    if invoice["status"] != "open":
        raise invalid(
            f"Invoices with status {invoice['status']} cannot be paid.",
            code="invoice_not_editable",
        )


async def refuse_unpaid(account: Account, invoice: Resource, outcome: Outcome) -> None:
    """Says why an attempt took no money. The attempt stays on record.

    Raises:
        StripeError: unless the invoice was paid.
    """
    if outcome is Outcome.PAID:
        return
    if outcome is Outcome.NO_METHOD:
        raise StripeError(
            "There is no `default_payment_method` set on this Customer or Invoice. Please set one.",
            code="invoice_no_payment_method_types",
            keeps_changes=True,
        )
    intent = await account.get("payment_intent", invoice["_intent"])
    shown = {key: value for key, value in intent.items() if not key.startswith("_")}
    if outcome is Outcome.NEEDS_ACTION:
        raise StripeError(
            "This payment requires additional user action before it can be completed successfully. "
            "Payment can be completed using the PaymentIntent associated with the invoice. For "
            "more details see: https://stripe.com/docs/billing/subscriptions/overview#requires-action",
            status=402,
            kind="card_error",
            code="invoice_payment_intent_requires_action",
            extra={"payment_intent": shown},
            keeps_changes=True,
        )
    problem = intent["last_payment_error"]
    raise declined(problem["message"], decline_code=problem["decline_code"], payment_intent=shown)


@operation("POST", "/v1/invoices/{invoice}/void")
async def void_invoice(account: Account, params: Resource, invoice: str) -> Resource:  # noqa: ARG001 # none beside expand
    """Voids what is open; the subscription no longer waits for it."""
    found = await account.get("invoice", invoice)
    if found["status"] not in ("open", "uncollectible"):
        raise invalid(
            f"You can only pass in open or uncollectible invoices. This invoice is "
            f"{found['status']}.",
            code="invoice_not_editable",
        )
    await mark_void(account, found)
    subscription = await subscription_of(account, found)
    if subscription is not None:
        await _release(account, subscription, found)
    return found


async def _release(account: Account, subscription: Resource, invoice: Resource) -> None:
    if subscription.get("_pending_invoice") == invoice["id"]:
        await drop_pending_update(account, subscription, expired=True)
    elif subscription["status"] == "incomplete":
        await expire_incomplete(account, subscription)
    elif subscription["status"] in ("past_due", "unpaid") and not await _owes(
        account, subscription
    ):
        subscription["status"] = "active"
    account.emit("customer.subscription.updated", subscription)


async def _owes(account: Account, subscription: Resource) -> bool:
    parent = {"subscription_details": {"subscription": subscription["id"]}}
    where = {"parent": parent, "status": "open"}
    found = await account.select("invoice", customer=subscription["customer"], where=where, limit=1)
    return bool(found)


@operation("POST", "/v1/invoices/{invoice}/mark_uncollectible")
async def _mark_uncollectible(account: Account, params: Resource, invoice: str) -> Resource:  # noqa: ARG001 # none beside expand
    found = await account.get("invoice", invoice)
    check_payable(found)
    found |= {"auto_advance": False, "next_payment_attempt": None, "status": "uncollectible"}
    found["status_transitions"]["marked_uncollectible_at"] = account.now
    account.emit("invoice.marked_uncollectible", found)
    return found


def _next_moment(invoice: Resource) -> int | None:
    if invoice["status"] == "draft" and invoice["auto_advance"]:
        at: int | None = invoice["automatically_finalizes_at"]
        return at
    return invoice["next_payment_attempt"] if invoice["status"] == "open" else None


@when("invoice", _next_moment)
async def advance_invoice(account: Account, invoice: Resource) -> None:
    """Drafts are finalized an hour after the renewal; failed payments are tried again."""
    if invoice["status"] == "draft":
        await finalize(account, invoice)
        await collect(account, invoice)
    else:
        await retry(account, invoice)
