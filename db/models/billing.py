"""The mirror of Stripe's subscriptions, visits to Stripe, and the intents behind Stripe writes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSON
from sqlalchemy.orm import Mapped, mapped_column

from db.enums import (
    DEAD,
    BillingSessionKind,
    BillingSessionStatus,
    IntentFailure,
    IntentKind,
    IntentStatus,
    PendingChangeKind,
    SubscriptionStatus,
)
from db.models.base import Base, Tenant, words

LIVING_SQL = "status NOT IN ({})".format(", ".join(f"'{status}'" for status in sorted(DEAD)))


class Subscription(Tenant, Base):
    """What an organization has: the mirror of one Stripe subscription, written by `sync` alone.

    `is_current` marks the one that counts: the living one, else the one that ended last.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (
        Index(
            "uq_subscriptions_one_living",
            "organization_id",
            unique=True,
            postgresql_where=text(LIVING_SQL),
        ),
        Index(
            "uq_subscriptions_one_current",
            "organization_id",
            unique=True,
            postgresql_where=text("is_current"),
        ),
        Index(
            "uq_subscriptions_one_expiry",
            "organization_id",
            unique=True,
            postgresql_where=text("deactivates_at IS NOT NULL"),
        ),
        Index(
            "ix_subscriptions_deactivates_at",
            "deactivates_at",
            "id",
            postgresql_where=text("deactivates_at IS NOT NULL AND deactivated_at IS NULL"),
        ),
        CheckConstraint(
            "deactivates_at IS NOT NULL OR num_nulls(warned_at, deactivated_at) = 2",
            name="expiry",
        ),
        CheckConstraint(
            "deactivates_at IS NULL OR ended_at IS NOT NULL", name="what_deactivates_has_ended"
        ),
        CheckConstraint("seats >= 0", name="seats_not_negative"),
        CheckConstraint(
            "num_nulls(pending_kind, pending_price_id, pending_seats) IN (0, 3)"
            " AND (pending_kind IS NOT DISTINCT FROM 'SCHEDULED')"
            " = (pending_effective_at IS NOT NULL)"
            " AND (pending_kind IS NOT DISTINCT FROM 'AWAITING_PAYMENT')"
            " = (pending_expires_at IS NOT NULL)",
            name="pending_change",
        ),
        CheckConstraint(
            "num_nulls(next_payment_at, next_payment_amount) IN (0, 2)", name="next_payment"
        ),
        CheckConstraint("num_nulls(pay_url, payment_failed_at) IN (0, 2)", name="payment_issue"),
    )

    stripe_subscription_id: Mapped[str] = mapped_column(unique=True)
    is_current: Mapped[bool]
    status: Mapped[SubscriptionStatus] = mapped_column(words(SubscriptionStatus, name="status"))
    plan_code: Mapped[str] = mapped_column(ForeignKey("plans.code"))
    price_id: Mapped[UUID] = mapped_column(ForeignKey("prices.id"))
    seats: Mapped[int] = mapped_column(Integer)
    began_at: Mapped[datetime]
    current_period_start: Mapped[datetime]
    current_period_end: Mapped[datetime]
    trial_ends_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    """A cancellation is scheduled for this moment."""
    was_entitled: Mapped[bool]
    """Only a subscription that was once entitled starts a grace time when it ends (B2)."""
    ended_at: Mapped[datetime | None]
    deactivates_at: Mapped[datetime | None]
    """`ended_at` plus the grace time, fixed when the end was first seen (B3).

    It marks the organization's running expiry: at most one, until a renewal takes it away.
    """
    warned_at: Mapped[datetime | None]
    """When the mail of the day before was written."""
    deactivated_at: Mapped[datetime | None]
    """When the sweep deactivated the members; it does so once."""
    stripe_item_id: Mapped[str]
    cancels_at_period_end: Mapped[bool]
    """Which of Stripe's two ways set `ends_at`: this flag, or a date (`cancel_at`)."""

    pending_kind: Mapped[PendingChangeKind | None] = mapped_column(
        words(PendingChangeKind, name="pending_kind")
    )
    pending_price_id: Mapped[UUID | None] = mapped_column(ForeignKey("prices.id"))
    pending_seats: Mapped[int | None] = mapped_column(Integer)
    pending_effective_at: Mapped[datetime | None]
    pending_expires_at: Mapped[datetime | None]
    pending_stripe_invoice_id: Mapped[str | None]
    """What has to be paid for a change that awaits payment."""
    pending_pay_url: Mapped[str | None]
    pending_intent_id: Mapped[UUID | None]
    """The intent that scheduled it, which names the members to keep; None for one of Stripe's."""
    stripe_schedule_id: Mapped[str | None]
    """The schedule that is attached to it: it has to be released before other changes."""
    schedule_phase_began_at: Mapped[datetime | None]

    next_payment_at: Mapped[datetime | None]
    next_payment_amount: Mapped[int | None]
    payment_brand: Mapped[str | None]
    """The card's brand, or the kind of payment method where it is no card."""
    payment_last4: Mapped[str | None]
    payment_expires_month: Mapped[int | None] = mapped_column(Integer)
    payment_expires_year: Mapped[int | None] = mapped_column(Integer)
    pay_url: Mapped[str | None]
    """Where the invoice is paid that keeps the subscription from being in order."""
    payment_failed_at: Mapped[datetime | None]
    discount_ids: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    """Stripe's ids of the discounts it has: a schedule has to name them again."""


class BillingSession(Tenant, Base):
    """A visit to Stripe. For a checkout, the choice it was opened with."""

    __tablename__ = "billing_sessions"
    __table_args__ = (
        Index(
            "uq_billing_sessions_one_open_checkout",
            "organization_id",
            unique=True,
            postgresql_where=text("kind = 'CHECKOUT' AND status = 'OPEN'"),
        ),
        CheckConstraint("(status = 'OPEN') = (closed_at IS NULL)", name="closing"),
    )

    kind: Mapped[BillingSessionKind] = mapped_column(words(BillingSessionKind, name="kind"))
    status: Mapped[BillingSessionStatus] = mapped_column(words(BillingSessionStatus, name="status"))
    stripe_session_id: Mapped[str] = mapped_column(unique=True)
    """Stripe's id of the checkout or portal session, or of the invoice that a payment finishes."""
    url: Mapped[str | None]
    return_url: Mapped[str]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    price_id: Mapped[UUID | None] = mapped_column(ForeignKey("prices.id"))
    seats: Mapped[int | None] = mapped_column(Integer)
    promotion_code: Mapped[str | None]


class Intent(Tenant, Base):
    """A Stripe write, committed with its exact parameters before it is sent (C2).

    The idempotency key is the id and the attempt. One intent of a kind is open at a time: a second
    caller joins it.
    """

    __tablename__ = "intents"
    __table_args__ = (
        Index(
            "uq_intents_one_open_per_kind",
            "organization_id",
            "kind",
            unique=True,
            postgresql_where=text("status = 'OPEN'"),
        ),
        CheckConstraint("(status = 'OPEN') = (closed_at IS NULL)", name="closing"),
    )

    kind: Mapped[IntentKind] = mapped_column(words(IntentKind, name="kind"))
    status: Mapped[IntentStatus] = mapped_column(words(IntentStatus, name="status"))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    """JSON, not JSONB: the same attempt sends the same bytes, so the order has to stay, too."""
    attempt: Mapped[int] = mapped_column(Integer)
    stripe_object_id: Mapped[str | None]
    last_failure: Mapped[IntentFailure | None] = mapped_column(
        words(IntentFailure, name="last_failure")
    )
    error: Mapped[str | None]
    """Why Stripe refused it, or why the payment that it asked for was declined."""
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    attempted_at: Mapped[datetime]
    """On real time, as Stripe forgets idempotency keys by real time (24 h)."""
    closed_at: Mapped[datetime | None]
