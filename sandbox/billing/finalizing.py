"""An invoice's way from draft to open, and to void."""

from sandbox.billing.payments import cancel_payment, open_payment
from sandbox.engine.account import Account, Resource
from sandbox.engine.ids import random_text
from sandbox.errors import invalid


async def finalize(account: Account, invoice: Resource) -> None:
    """Gives a draft its number and its pages; what the customer's balance covers is not due.

    Raises:
        StripeError: the invoice is no draft.
    """
    if invoice["status"] != "draft":
        raise invalid(
            "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
            code="invoice_not_editable",
        )
    customer = await account.get("customer", invoice["customer"])
    _settle_balance(invoice, customer)
    _number(invoice, customer)
    token = random_text(32)
    invoice |= {
        "_token": token,
        "automatically_finalizes_at": None,
        "effective_at": account.now,
        "hosted_invoice_url": f"{account.public_url}/i/{invoice['id']}/{token}",
        "invoice_pdf": f"{account.public_url}/i/{invoice['id']}/{token}/pdf",
        "status": "open",
    }
    invoice["status_transitions"]["finalized_at"] = account.now
    if invoice["amount_due"] > 0:
        open_payment(account, invoice)
    account.emit("invoice.finalized", invoice)


def _settle_balance(invoice: Resource, customer: Resource) -> None:
    """A positive balance is added, a negative one (credit) is used up; a negative total is kept."""
    balance = customer["balance"]
    due = max(invoice["total"] + balance, 0)
    invoice["starting_balance"] = balance
    invoice["ending_balance"] = balance + invoice["total"] - due
    invoice["amount_due"] = invoice["amount_remaining"] = due
    customer["balance"] = invoice["ending_balance"]


def _number(invoice: Resource, customer: Resource) -> None:
    """Numbers count up for each customer, behind its prefix, without gaps."""
    sequence = customer["next_invoice_sequence"]
    invoice["number"] = f"{customer['invoice_prefix']}-{sequence:04d}"
    customer["next_invoice_sequence"] = sequence + 1


async def mark_void(account: Account, invoice: Resource) -> None:
    """The invoice is owed no more; credit that it used comes back."""
    customer = await account.find(invoice["customer"])
    if customer and not customer.get("deleted") and invoice["ending_balance"] is not None:
        customer["balance"] += invoice["starting_balance"] - invoice["ending_balance"]
    invoice |= {
        "amount_remaining": invoice["amount_due"],
        "auto_advance": False,
        "next_payment_attempt": None,
        "status": "void",
    }
    invoice["status_transitions"]["voided_at"] = account.now
    await cancel_payment(account, invoice, reason="void_invoice")
    account.emit("invoice.voided", invoice)


def mark_paid(account: Account, invoice: Resource) -> None:
    """Nothing is owed any more."""
    invoice |= {
        "amount_paid": invoice["amount_due"],
        "amount_remaining": 0,
        "attempted": True,
        "auto_advance": False,
        "next_payment_attempt": None,
        "status": "paid",
    }
    invoice["status_transitions"]["paid_at"] = account.now
    account.emit("invoice.paid", invoice)
    account.emit("invoice.payment_succeeded", invoice)
