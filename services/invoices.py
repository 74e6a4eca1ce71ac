"""Invoices: reading them. Who may see them is the resolvers' question."""

from collections.abc import Sequence
from uuid import UUID

from db import invoices
from db.database import Database, Row
from db.enums import InvoiceStatus
from services.billing_views import InvoiceView
from services.global_ids import TenantKey
from services.invoice_lines import line_views
from services.lists import list_for_each
from services.pages import Page, PageRequest, encode_cursor


class InvoiceService:
    """Reads of invoices, batched over organizations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_for_each(
        self, organization_ids: Sequence[UUID], request: PageRequest
    ) -> list[Page[InvoiceView]]:
        """A page for each organization, newest first."""
        return await list_for_each(
            self._database,
            organization_ids,
            request,
            page=invoices.page(after=request.after is not None),
            count=invoices.COUNT,
            view_of=_view,
            cursor_of=lambda invoice: encode_cursor(invoice.issued_at, invoice.id),
        )

    async def get_many(self, keys: Sequence[TenantKey]) -> dict[TenantKey, InvoiceView]:
        """The invoices of these keys that there are."""
        rows = await self._database.fetch(
            invoices.BY_IDS,
            organization_ids=[key.organization_id for key in keys],
            ids=[key.id for key in keys],
        )
        return {TenantKey(row["organization_id"], row["id"]): _view(row) for row in rows}


def _view(row: Row) -> InvoiceView:
    return InvoiceView(
        row["organization_id"],
        row["id"],
        row["number"],
        InvoiceStatus(row["status"]),
        row["currency"],
        row["subtotal"],
        row["discount"],
        row["tax"],
        row["total"],
        row["amount_due"],
        row["amount_paid"],
        row["issued_at"],
        row["period_start"],
        row["period_end"],
        row["hosted_url"],
        row["pdf_url"],
        line_views(row["lines"], currency=row["currency"]),
    )
