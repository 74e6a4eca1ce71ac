"""What services hand to resolvers about invoices and quotes: plain values.

Amounts are in the minor units of `currency`.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from db.enums import BillingInterval, ChangeTiming, InvoiceStatus
from services.views import MemberView, PlanView, PriceView


@dataclass(frozen=True, slots=True)
class InvoiceLineView:
    """A credit (negative) or a charge for a time, before discount and tax."""

    description: str
    amount: int
    currency: str
    quantity: int | None
    period_start: datetime
    period_end: datetime
    proration: bool


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """An invoice, as last fetched from Stripe."""

    organization_id: UUID
    id: UUID
    number: str | None
    status: InvoiceStatus
    currency: str
    subtotal: int
    discount: int
    tax: int
    total: int
    amount_due: int
    amount_paid: int
    issued_at: datetime
    period_start: datetime
    period_end: datetime
    hosted_url: str | None
    pdf_url: str | None
    lines: tuple[InvoiceLineView, ...]


@dataclass(frozen=True, slots=True)
class QuoteView:
    """What a change would do and cost."""

    organization_id: UUID
    id: UUID
    expires_at: datetime
    plan: PlanView
    price: PriceView
    seats: int
    timing: ChangeTiming
    effective_at: datetime
    lines: tuple[InvoiceLineView, ...]
    discount_now: int
    tax_now: int
    due_now: int
    next_invoice_at: datetime
    next_invoice_total: int
    losing_seat: tuple[MemberView, ...]

    @property
    def interval(self) -> BillingInterval:
        """How often it will be charged."""
        return self.price.interval

    @property
    def currency(self) -> str:
        """Of all its amounts."""
        return self.price.currency
