"""The mirror of Stripe's invoices, written by `sync` alone."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.enums import InvoiceStatus
from db.models.base import Base, Tenant, words


class Invoice(Tenant, Base):
    """An invoice of the organization. Amounts are in the currency's minor units.

    Drafts are kept too, and shown to nobody: `sync` asks Stripe for what is newer than the oldest
    invoice that can still change.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        Index("ix_invoices_organization_id_issued_at", "organization_id", "issued_at", "id"),
        Index("ix_invoices_open", "stripe_invoice_id", postgresql_where=text("status = 'OPEN'")),
    )

    stripe_invoice_id: Mapped[str] = mapped_column(unique=True)
    stripe_subscription_id: Mapped[str | None]
    number: Mapped[str | None]
    status: Mapped[InvoiceStatus] = mapped_column(words(InvoiceStatus, name="status"))
    currency: Mapped[str]
    subtotal: Mapped[int]
    discount: Mapped[int]
    tax: Mapped[int]
    total: Mapped[int]
    amount_due: Mapped[int]
    amount_paid: Mapped[int]
    issued_at: Mapped[datetime]
    period_start: Mapped[datetime]
    period_end: Mapped[datetime]
    hosted_url: Mapped[str | None]
    pdf_url: Mapped[str | None]
    abandoned: Mapped[bool] = mapped_column(server_default=text("false"))
    """Its customer was deleted before it was settled: nobody can pay it, and nothing changes it."""
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """As `services.invoice_lines` reads and writes them: they are seen with their invoice only."""
