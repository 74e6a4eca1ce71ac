"""What is written down to be checked: webhook inbox, audit log, idempotency keys, clock."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Sequence, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.enums import ActorKind, StripeEventState
from db.ids import new_id
from db.models.base import Base, Tenant, words

SYNC_TICKETS = Sequence("sync_tickets", metadata=Base.metadata)
"""Tickets for `sync` (B1). A sequence is a committed counter: `nextval` is never rolled back."""


class StripeEvent(Base):
    """The webhook inbox: stored once, a signal to fetch, never data to apply (C1)."""

    __tablename__ = "stripe_events"
    __table_args__ = (
        Index(
            "ix_stripe_events_waiting",
            "stripe_customer_id",
            "received_at",
            postgresql_where=text("state = 'RECEIVED'"),
        ),
        Index("ix_stripe_events_received_at", "received_at", "id"),
        Index("ix_stripe_events_type", "type", "received_at", "id"),
        Index("ix_stripe_events_customer", "stripe_customer_id", "received_at", "id"),
        Index(
            "ix_stripe_events_dead", "received_at", "id", postgresql_where=text("state = 'DEAD'")
        ),
        Index(
            "ix_stripe_events_closed",
            "closed_at",
            postgresql_where=text("state IN ('DONE', 'IGNORED')"),
        ),
        CheckConstraint("(state = 'RECEIVED') = (closed_at IS NULL)", name="closing"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    """Stripe's id, `evt_...`: a second delivery finds it taken."""
    type: Mapped[str]
    api_version: Mapped[str | None]
    object_id: Mapped[str | None]
    stripe_customer_id: Mapped[str | None]
    stripe_created_at: Mapped[datetime]
    received_at: Mapped[datetime]
    payload: Mapped[dict[str, Any]]
    state: Mapped[StripeEventState] = mapped_column(words(StripeEventState, name="state"))
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    """Fetches for it that failed; one of an operator's `retry` begins anew."""
    next_attempt_at: Mapped[datetime | None]
    """Until then, on real time, no job fetches for its customer: one does it now, or one failed."""
    error: Mapped[str | None]
    closed_at: Mapped[datetime | None]


class AuditEvent(Tenant, Base):
    """Who did what to an organization, when, before and after (C5). A trigger keeps it as it is."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_organization_id_at", "organization_id", "at", "id"),
        CheckConstraint("(actor_kind = 'USER') = (actor_user_id IS NOT NULL)", name="actor"),
    )

    at: Mapped[datetime]
    actor_kind: Mapped[ActorKind] = mapped_column(words(ActorKind, name="actor_kind"))
    actor_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    action: Mapped[str]
    target_type: Mapped[str]
    target_id: Mapped[UUID]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    request_id: Mapped[str | None]


class IdempotencyKey(Base):
    """A mutation's answer, kept for 24 h under the key that its caller chose.

    `answer` is null while the first call is under way.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        Index(
            "uq_idempotency_keys_scope",
            "user_id",
            "organization_id",
            "mutation",
            "key",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_idempotency_keys_created_at", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"))
    mutation: Mapped[str]
    key: Mapped[str]
    input_hash: Mapped[str]
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    created_at: Mapped[datetime]


class ClockOffset(Base):
    """How far the business clock stands ahead of real time: one row, moved forward only."""

    __tablename__ = "clock_offset"
    __table_args__ = (
        CheckConstraint("singleton", name="one_row"),
        CheckConstraint("seconds >= 0", name="never_back"),
    )

    singleton: Mapped[bool] = mapped_column(primary_key=True, default=True)
    seconds: Mapped[int]
