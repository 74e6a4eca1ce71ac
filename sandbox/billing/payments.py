"""Payment intents and invoice payments: what happens when a card is charged."""

from enum import Enum
from typing import Any

from sandbox.billing.cards import DECLINE_MESSAGES
from sandbox.billing.payment_methods import card_of
from sandbox.engine.account import Account, Resource
from sandbox.engine.expand import include
from sandbox.engine.ids import random_text
from sandbox.engine.listing import list_page, make_list
from sandbox.engine.operations import PAGE, operation


class Outcome(Enum):
    """How an attempt to take money ended."""

    PAID = "paid"
    DECLINED = "declined"
    NEEDS_ACTION = "needs_action"
    NO_METHOD = "no_method"


def open_payment(account: Account, invoice: Resource) -> Resource:
    """The payment intent of a finalized invoice, and the invoice payment that ties them."""
    intent = account.add("payment_intent", _new_intent(invoice))
    intent["client_secret"] = f"{intent['id']}_secret_{random_text(24)}"
    payment = account.add(
        "invoice_payment",
        {
            "amount_paid": None,
            "amount_requested": invoice["amount_due"],
            "currency": invoice["currency"],
            "invoice": invoice["id"],
            "is_default": True,
            "payment": {"payment_intent": intent["id"], "type": "payment_intent"},
            "status": "open",
            "status_transitions": {"canceled_at": None, "paid_at": None},
        },
    )
    invoice["_intent"] = intent["id"]
    invoice["_payments"] = [payment["id"]]
    account.emit("payment_intent.created", intent)
    return intent


def _new_intent(invoice: Resource) -> dict[str, Any]:
    return {
        "_invoice": invoice["id"],
        "amount": invoice["amount_due"],
        "amount_capturable": 0,
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "client_secret": None,
        "confirmation_method": "automatic",
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "description": "Subscription update",
        "last_payment_error": None,
        "latest_charge": None,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": "off_session",
        "shipping": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }


def charge(
    account: Account, intent: Resource, method: Resource, *, is_authenticated: bool
) -> Outcome:
    """Tries to take the money. `is_authenticated`: the customer has just passed 3-D Secure."""
    card = card_of(method)
    intent["payment_method"] = method["id"]
    if card.declines:
        _decline(account, intent, method, decline_code=card.declines)
        return Outcome.DECLINED
    waits = card.authentication == "always" or (
        card.authentication == "until_set_up" and not method["_is_set_up"]
    )
    if waits and not is_authenticated:
        _ask(account, intent)
        return Outcome.NEEDS_ACTION
    method["_is_set_up"] = method["_is_set_up"] or is_authenticated
    _succeed(account, intent)
    return Outcome.PAID


def fail_authentication(account: Account, intent: Resource, method: Resource) -> None:
    """The customer did not pass 3-D Secure."""
    _decline(account, intent, method, decline_code="authentication_required")
    intent["last_payment_error"]["code"] = "payment_intent_authentication_failure"


def _decline(account: Account, intent: Resource, method: Resource, *, decline_code: str) -> None:
    intent["status"] = "requires_payment_method"
    intent["payment_method"] = None
    intent["next_action"] = None
    intent["last_payment_error"] = {
        "code": "card_declined",
        "decline_code": decline_code,
        "doc_url": "https://docs.stripe.com/error-codes#card-declined",
        "message": DECLINE_MESSAGES[decline_code],
        "payment_method": dict(method),
        "type": "card_error",
    }
    account.emit("payment_intent.payment_failed", intent)


def _ask(account: Account, intent: Resource) -> None:
    intent["status"] = "requires_action"
    intent["last_payment_error"] = None
    intent["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "sandbox"}}
    account.emit("payment_intent.requires_action", intent)


def _succeed(account: Account, intent: Resource) -> None:
    intent["status"] = "succeeded"
    intent["amount_received"] = intent["amount"]
    intent["last_payment_error"] = None
    intent["next_action"] = None
    account.emit("payment_intent.succeeded", intent)


async def settle_payment(account: Account, invoice: Resource) -> None:
    """Marks the invoice payment as paid."""
    for payment in await payments_of(account, invoice):
        payment["status"] = "paid"
        payment["amount_paid"] = payment["amount_requested"]
        payment["status_transitions"]["paid_at"] = account.now
        account.emit("invoice_payment.paid", payment)


async def cancel_payment(account: Account, invoice: Resource, *, reason: str) -> None:
    """Gives up the payment of an invoice that is void."""
    intent = await account.find(invoice.get("_intent"))
    if intent is None or intent["status"] in ("succeeded", "canceled"):
        return
    intent |= {"status": "canceled", "canceled_at": account.now, "cancellation_reason": reason}
    intent["next_action"] = None
    for payment in await payments_of(account, invoice):
        payment["status"] = "canceled"
        payment["status_transitions"]["canceled_at"] = account.now
    account.emit("payment_intent.canceled", intent)


async def payments_of(account: Account, invoice: Resource) -> list[Resource]:
    """What was tried or paid for an invoice."""
    return [await account.get("invoice_payment", key) for key in invoice.get("_payments", [])]


@include("invoice", "payments")
async def _show_payments(account: Account, invoice: Resource) -> Any:
    payments = await payments_of(account, invoice)
    return make_list(payments, url=f"/v1/invoice_payments?invoice={invoice['id']}")


@include("invoice", "confirmation_secret")
async def show_confirmation_secret(account: Account, invoice: Resource) -> Any:
    """What a browser needs to finish the payment."""
    intent = await account.find(invoice.get("_intent"))
    if intent is None:
        return None
    return {"client_secret": intent["client_secret"], "type": "payment_intent"}


@operation("GET", "/v1/payment_intents/{intent}", takes={"client_secret"})
async def _retrieve_payment_intent(account: Account, params: Resource, intent: str) -> Resource:  # noqa: ARG001 # none beside expand
    return await account.get("payment_intent", intent)


@operation("GET", "/v1/payment_intents", takes=PAGE | {"customer"})
async def _list_payment_intents(account: Account, params: Resource) -> Resource:
    return await list_page(account, "payment_intent", params, url="/v1/payment_intents")


@operation("GET", "/v1/invoice_payments", takes=PAGE | {"invoice", "payment", "status"})
async def _list_invoice_payments(account: Account, params: Resource) -> Resource:
    where: Resource = {key: params[key] for key in ("invoice", "status") if key in params}
    if intent := params.get("payment", {}).get("payment_intent"):
        where["payment"] = {"payment_intent": intent}
    return await list_page(
        account, "invoice_payment", params, url="/v1/invoice_payments", where=where
    )


@operation("GET", "/v1/invoice_payments/{invoice_payment}")
async def _retrieve_invoice_payment(
    account: Account,
    params: Resource,  # noqa: ARG001 # none beside expand
    invoice_payment: str,
) -> Resource:
    return await account.get("invoice_payment", invoice_payment)
