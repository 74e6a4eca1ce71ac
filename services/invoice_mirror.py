"""Writing Stripe's invoices into our table: a part of `sync`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db import billing_sessions, invoices
from db.database import Transaction
from db.enums import BillingSessionStatus, InvoiceStatus
from db.models import Invoice
from services import audit
from services.actors import STRIPE
from services.invoice_lines import stored_lines
from services.settling import close_billing_session
from services.stripe_gateway import StripeInvoice


async def write(
    transaction: Transaction,
    organization_id: UUID,
    fetched: Sequence[StripeInvoice],
    *,
    now: datetime,
) -> None:
    """Bring the invoices in line, and end the payments whose invoice is settled."""
    mirrored = await invoices.list_mirrored(
        transaction, organization_id, stripe_ids=[one.id for one in fetched]
    )
    for one in fetched:
        row = mirrored.get(one.id)
        if row is None:
            row = Invoice(organization_id=organization_id, stripe_invoice_id=one.id)
            transaction.session.add(row)
        before = row.status
        _write_one(row, one)
        if before is not one.status:
            await transaction.session.flush()
            _tell(transaction, row, before=before, now=now)
    await _end_payments(transaction, organization_id, fetched, now=now)


def _write_one(row: Invoice, fetched: StripeInvoice) -> None:
    row.stripe_subscription_id = fetched.subscription_id
    row.number = fetched.number
    row.status = fetched.status
    row.currency = fetched.currency
    row.subtotal = fetched.subtotal
    row.discount = fetched.discount
    row.tax = fetched.tax
    row.total = fetched.total
    row.amount_due = fetched.amount_due
    row.amount_paid = fetched.amount_paid
    row.issued_at = fetched.created_at
    row.period_start = fetched.period_start
    row.period_end = fetched.period_end
    row.hosted_url = fetched.hosted_url
    row.pdf_url = fetched.pdf_url
    row.lines = stored_lines(fetched.lines)


def _tell(
    transaction: Transaction, row: Invoice, *, before: InvoiceStatus | None, now: datetime
) -> None:
    if row.status is InvoiceStatus.DRAFT:
        return
    audit.record(
        transaction,
        row.organization_id,
        actor=STRIPE,
        action=f"invoice.{row.status.lower()}",
        target=("Invoice", row.id),
        at=now,
        before={"status": before} if before else None,
        after={
            "status": row.status,
            "number": row.number,
            "total": row.total,
            "currency": row.currency,
        },
    )
    transaction.announce(row.organization_id, "BILLING")


async def _end_payments(
    transaction: Transaction,
    organization_id: UUID,
    fetched: Sequence[StripeInvoice],
    *,
    now: datetime,
) -> None:
    by_id = {one.id: one for one in fetched}
    for session in await billing_sessions.list_open_payments(transaction, organization_id):
        invoice = by_id.get(session.stripe_session_id)
        if invoice is None or invoice.status is InvoiceStatus.OPEN:
            continue
        paid = invoice.status is InvoiceStatus.PAID
        status = BillingSessionStatus.COMPLETED if paid else BillingSessionStatus.EXPIRED
        close_billing_session(session, status, now=now)
        transaction.announce(organization_id, "BILLING")
