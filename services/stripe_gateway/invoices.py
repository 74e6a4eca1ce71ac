"""Invoices, and previews of invoices that a change would make."""

from datetime import datetime
from typing import TYPE_CHECKING

import stripe

from db.enums import InvoiceStatus
from services.stripe_gateway.connection import PAGE_SIZE, StripeConnection
from services.stripe_gateway.errors import StripeMissingError, StripeRefusedError
from services.stripe_gateway.objects import StripeInvoice, StripeInvoiceLine
from services.stripe_gateway.values import id_or_none, moment

if TYPE_CHECKING:
    from stripe.params import (
        InvoiceCreatePreviewParamsSubscriptionDetails,
        InvoiceCreatePreviewParamsSubscriptionDetailsItem,
    )

NOTHING_UPCOMING = "invoice_upcoming_none"


class HTTPInvoices(StripeConnection):
    """See `InvoicesAtStripe`."""

    async def list_invoices(
        self, customer_id: str, *, created_from: datetime | None
    ) -> tuple[StripeInvoice, ...]:
        """See `InvoicesAtStripe`."""
        since = int(created_from.timestamp()) if created_from else 0
        async with self.reading():
            page = await self.v1.invoices.list_async(
                {"customer": customer_id, "created": {"gte": since}, "limit": PAGE_SIZE}
            )
            return tuple([await invoice_of(each) async for each in page.auto_paging_iter()])

    async def get_invoice(self, invoice_id: str) -> StripeInvoice | None:
        """See `InvoicesAtStripe`."""
        try:
            async with self.reading():
                return await invoice_of(await self.v1.invoices.retrieve_async(invoice_id))
        except StripeMissingError:
            return None

    async def void_invoice(self, *, invoice_id: str, idempotency_key: str) -> None:
        """See `InvoicesAtStripe`."""
        async with self.writing():
            await self.v1.invoices.void_invoice_async(
                invoice_id, {}, {"idempotency_key": idempotency_key}
            )

    async def preview_next(self, subscription_id: str) -> StripeInvoice | None:
        """See `InvoicesAtStripe`."""
        try:
            async with self.reading():
                preview = await self.v1.invoices.create_preview_async(
                    {"subscription": subscription_id}
                )
                return await invoice_of(preview)
        except StripeRefusedError as error:
            if error.code == NOTHING_UPCOMING:
                return None
            raise

    async def preview_change(
        self,
        subscription_id: str,
        *,
        item_id: str,
        price_id: str | None,
        seats: int,
        proration_date: datetime | None,
    ) -> StripeInvoice:
        """See `InvoicesAtStripe`."""
        item: InvoiceCreatePreviewParamsSubscriptionDetailsItem = {"id": item_id, "quantity": seats}
        if price_id is not None:
            item["price"] = price_id
        details: InvoiceCreatePreviewParamsSubscriptionDetails = {
            "items": [item],
            "proration_behavior": "always_invoice" if proration_date else "none",
        }
        if proration_date is not None:
            details["proration_date"] = int(proration_date.timestamp())
        async with self.reading():
            preview = await self.v1.invoices.create_preview_async(
                {"subscription": subscription_id, "subscription_details": details}
            )
            return await invoice_of(preview)


async def invoice_of(invoice: stripe.Invoice) -> StripeInvoice:
    """In our words. The first ten lines come with an invoice; more are asked for."""
    lines = [_line(line) async for line in invoice.lines.auto_paging_iter()]
    discounts = sum(each.amount for each in invoice.total_discount_amounts or ())
    taxes = sum(each.amount for each in invoice.total_taxes or ())
    details = invoice.parent.subscription_details if invoice.parent else None
    return StripeInvoice(
        id=invoice.id,
        subscription_id=id_or_none(details.subscription) if details else None,
        number=invoice.number,
        status=InvoiceStatus((invoice.status or "draft").upper()),
        currency=invoice.currency,
        subtotal=invoice.subtotal,
        discount=discounts,
        tax=taxes,
        total=invoice.total,
        amount_due=invoice.amount_due,
        amount_paid=invoice.amount_paid,
        created_at=moment(invoice.created),
        attempted=invoice.attempted,
        hosted_url=invoice.hosted_invoice_url,
        pdf_url=invoice.invoice_pdf,
        lines=tuple(lines),
    )


def _line(line: stripe.InvoiceLineItem) -> StripeInvoiceLine:
    parent = line.parent
    item = parent.subscription_item_details if parent else None
    return StripeInvoiceLine(
        description=line.description or "",
        amount=line.amount,
        quantity=line.quantity,
        period_start=moment(line.period.start),
        period_end=moment(line.period.end),
        proration=bool(item and item.proration),
    )
