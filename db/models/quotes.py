"""Quotes: priced, dated previews of a change."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Integer, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.enums import ChangeTiming
from db.models.base import Base, Tenant, words


class Quote(Tenant, Base):
    """What a change would do and cost, good until `expires_at`. Never changed.

    Amounts are in the minor units of the new price's currency.
    """

    __tablename__ = "quotes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "subscription_id"],
            ["subscriptions.organization_id", "subscriptions.id"],
            ondelete="CASCADE",
        ),
    )

    subscription_id: Mapped[UUID]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    price_id: Mapped[UUID] = mapped_column(ForeignKey("prices.id"))
    seats: Mapped[int] = mapped_column(Integer)
    keep_member_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    """Empty: nobody in particular. Null: seats are not to go below what is in use."""
    losing_member_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    timing: Mapped[ChangeTiming] = mapped_column(words(ChangeTiming, name="timing"))
    effective_at: Mapped[datetime]
    """For a change that takes effect now, Stripe's `proration_date` too."""
    currency: Mapped[str]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    discount_now: Mapped[int]
    tax_now: Mapped[int]
    due_now: Mapped[int]
    next_invoice_at: Mapped[datetime]
    next_invoice_total: Mapped[int]
