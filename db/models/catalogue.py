"""Plans and their prices, as pushed from catalog.toml."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from db.enums import BillingInterval
from db.ids import new_id
from db.models.base import Base, words


class Plan(Base):
    """What can be bought. `rank` is the catalogue's order: a higher rank is a bigger plan (B6)."""

    __tablename__ = "plans"
    __table_args__ = (
        CheckConstraint("minimum_seats between 1 and maximum_seats", name="seat_range"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str]
    features: Mapped[list[str]] = mapped_column(ARRAY(Text))
    rank: Mapped[int] = mapped_column(Integer)
    minimum_seats: Mapped[int] = mapped_column(Integer)
    maximum_seats: Mapped[int] = mapped_column(Integer)
    stripe_product_id: Mapped[str | None] = mapped_column(unique=True)
    archived_at: Mapped[datetime | None]


class Price(Base):
    """Plan x interval x currency, per seat. Archived prices still resolve (B8)."""

    __tablename__ = "prices"
    __table_args__ = (
        Index(
            "uq_prices_one_on_sale",
            "plan_code",
            "interval",
            "currency",
            unique=True,
            postgresql_where=text("archived_at IS NULL"),
        ),
        CheckConstraint("unit_amount >= 0", name="unit_amount_not_negative"),
        CheckConstraint("currency ~ '^[a-z]{3}$'", name="currency_format"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    plan_code: Mapped[str] = mapped_column(ForeignKey("plans.code"))
    interval: Mapped[BillingInterval] = mapped_column(words(BillingInterval, name="interval"))
    currency: Mapped[str]
    unit_amount: Mapped[int]
    """Per seat and interval, in the currency's minor units."""
    trial_days: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    stripe_price_id: Mapped[str] = mapped_column(unique=True)
    archived_at: Mapped[datetime | None]


class PortalConfiguration(Base):
    """What Stripe's billing portal offers: one row, written as the catalogue is pushed."""

    __tablename__ = "portal_configurations"
    __table_args__ = (CheckConstraint("singleton", name="one_row"),)

    singleton: Mapped[bool] = mapped_column(primary_key=True, default=True)
    stripe_configuration_id: Mapped[str]
