"""Drafts an invoice: its lines, what discounts take off them, tax, and what is due."""

from typing import Any

from sandbox.billing.discounts import Reduction, reduce_amounts, reductions_of
from sandbox.billing.lines import note_debits
from sandbox.billing.periods import Period
from sandbox.billing.tax import country_of, rate_for, tax_on
from sandbox.billing.tax_ids import tax_ids_of
from sandbox.engine.account import Account, Resource
from sandbox.engine.ids import new_id
from sandbox.engine.listing import make_list


async def draft_invoice(
    account: Account,
    subscription: Resource,
    lines: list[Resource],
    *,
    reason: str,
    period: Period,
    proration_date: int | None = None,
) -> Resource:
    """A draft with these lines, and the subscription's debits noted."""
    customer = await account.get("customer", subscription["customer"])
    invoice_id = new_id("invoice")
    for line in lines:
        line["invoice"] = invoice_id
    currency = subscription["currency"]
    reductions = await reductions_of(account, subscription, currency=currency, at=account.now)
    totals = _discount(lines, reductions)
    totals |= await _tax(account, subscription, customer, lines)
    totals["lines"] = make_list(lines, url=f"/v1/invoices/{invoice_id}/lines")
    values = _new_invoice(account, subscription, customer, reason=reason, period=period)
    values["parent"]["subscription_details"]["subscription_proration_date"] = proration_date
    invoice = account.add("invoice", values | totals, key=invoice_id)
    _sum_up(invoice, balance=customer["balance"])
    note_debits(subscription, lines, invoice=invoice["id"])
    return invoice


def _discount(lines: list[Resource], reductions: list[Reduction]) -> Resource:
    discountable = [line for line in lines if line["discountable"]]
    amounts = [(line["amount"], _product(line)) for line in discountable]
    totals = {reduction.discount: 0 for reduction in reductions}
    for line, taken in zip(discountable, reduce_amounts(amounts, reductions), strict=True):
        line["discount_amounts"] = [{"amount": off, "discount": key} for key, off in taken]
        for key, off in taken:
            totals[key] += off
    return {
        "discounts": list(totals),
        "total_discount_amounts": [{"amount": a, "discount": key} for key, a in totals.items()],
    }


def _product(line: Resource) -> str:
    return str(line["pricing"]["price_details"]["product"])


async def _tax(
    account: Account, subscription: Resource, customer: Resource, lines: list[Resource]
) -> Resource:
    """Taxes each line; the invoice's total is the sum of the lines' taxes."""
    if not subscription["automatic_tax"]["enabled"]:
        return {"automatic_tax": _automatic_tax(None), "total_taxes": []}
    if country_of(customer) is None:
        return {"automatic_tax": _automatic_tax("requires_location_inputs"), "total_taxes": []}
    rate = await rate_for(account, customer, tax_ids=await tax_ids_of(account, customer["id"]))
    for line in lines:
        line["taxes"] = [_line_tax(line, rate)]
    return {
        "automatic_tax": _automatic_tax("complete"),
        "total_taxes": _merge_taxes([line["taxes"][0] for line in lines]),
    }


def _automatic_tax(status: str | None) -> Resource:
    """Without a status there is none."""
    return {
        "disabled_reason": None,
        "enabled": status is not None,
        "liability": {"type": "self"} if status else None,
        "provider": "stripe" if status else None,
        "status": status,
    }


def _line_tax(line: Resource, rate: Resource) -> Resource:
    off = sum(entry["amount"] for entry in line["discount_amounts"])
    net, inclusive = line["amount"] - off, line["_inclusive"]
    tax = tax_on(net, rate, inclusive=inclusive)
    return {
        "amount": tax,
        "tax_behavior": "inclusive" if inclusive else "exclusive",
        "tax_rate_details": {"tax_rate": rate["id"]},
        "taxability_reason": "standard_rated" if rate["percentage"] else "not_collecting",
        "taxable_amount": net - tax if inclusive else net,
        "type": "tax_rate_details",
    }


def _merge_taxes(taxes: list[Resource]) -> list[Resource]:
    merged: dict[str, Resource] = {}
    for tax in taxes:
        total = merged.setdefault(tax["tax_behavior"], {**tax, "amount": 0, "taxable_amount": 0})
        total["amount"] += tax["amount"]
        total["taxable_amount"] += tax["taxable_amount"]
    return list(merged.values())


def _sum_up(invoice: Resource, *, balance: int) -> None:
    """Totals from lines, discounts and taxes; then the customer's balance (negative is credit)."""
    subtotal = sum(line["amount"] for line in invoice["lines"]["data"])
    net = subtotal - sum(entry["amount"] for entry in invoice["total_discount_amounts"])
    exclusive = _tax_sum(invoice, "exclusive")
    inclusive = _tax_sum(invoice, "inclusive")
    total = net + exclusive
    due = max(total + balance, 0)
    invoice |= {
        "amount_due": due,
        "amount_remaining": due,
        "ending_balance": None,
        "starting_balance": balance,
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal - inclusive,
        "total": total,
        "total_excluding_tax": net - inclusive,
    }


def _tax_sum(invoice: Resource, behavior: str) -> int:
    return sum(t["amount"] for t in invoice["total_taxes"] if t["tax_behavior"] == behavior)


def _new_invoice(
    account: Account, subscription: Resource, customer: Resource, *, reason: str, period: Period
) -> dict[str, Any]:
    return _empty_invoice() | {
        "auto_advance": True,
        "automatically_finalizes_at": None,
        "billing_reason": reason,
        "collection_method": subscription["collection_method"],
        "currency": subscription["currency"],
        "customer": customer["id"],
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_shipping": customer["shipping"],
        "customer_tax_exempt": customer["tax_exempt"],
        "effective_at": None,
        "metadata": {},
        "parent": {
            "quote_details": None,
            "subscription_details": {
                "metadata": dict(subscription["metadata"]),
                "subscription": subscription["id"],
            },
            "type": "subscription_details",
        },
        "period_start": period.start,
        "period_end": period.end,
        "webhooks_delivered_at": account.now,
    }


def _empty_invoice() -> Resource:
    return {
        "_retries": 0,
        "account_country": "US",
        "account_name": "Sandbox",
        "account_tax_ids": None,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_shipping": 0,
        "application": None,
        "attempt_count": 0,
        "attempted": False,
        "custom_fields": None,
        "customer_tax_ids": [],
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "due_date": None,
        "footer": None,
        "from_invoice": None,
        "hosted_invoice_url": None,
        "invoice_pdf": None,
        "issuer": {"type": "self"},
        "last_finalization_error": None,
        "latest_revision": None,
        "next_payment_attempt": None,
        "number": None,
        "on_behalf_of": None,
        "payment_settings": {
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
        },
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": None,
        "rendering": None,
        "shipping_cost": None,
        "shipping_details": None,
        "statement_descriptor": None,
        "status": "draft",
        "status_transitions": {
            "finalized_at": None,
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        "test_clock": None,
    }
