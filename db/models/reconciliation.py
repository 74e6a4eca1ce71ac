"""Comparing the mirror with Stripe: what was found, and how far a comparison has come."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.enums import FindingKind, ReconciliationPhase
from db.ids import new_id
from db.models.base import Base, Tenant, words


class Finding(Tenant, Base):
    """Something that is not as it should be: opened once, closed when it is gone.

    `sync` judges an organization each time it has fetched it. A `DRIFT` is opened by the
    reconciler, and closed by the `sync` that repairs it.
    """

    __tablename__ = "findings"
    __table_args__ = (
        Index(
            "uq_findings_one_open",
            "organization_id",
            "kind",
            "subject",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_findings_open", "kind", "id", postgresql_where=text("closed_at IS NULL")),
        Index("ix_findings_organization_id_opened_at", "organization_id", "opened_at", "id"),
    )

    kind: Mapped[FindingKind] = mapped_column(words(FindingKind, name="kind"))
    subject: Mapped[str]
    """Stripe's id of what it is about: a subscription, an invoice, a checkout, a customer."""
    details: Mapped[dict[str, Any]]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Reconciliation(Base):
    """A comparison of the whole account, or of one organization, and its cursor.

    Whoever holds the lease works on it. The lease is renewed with each step, on the database's own
    clock; when it has run out, somebody else may carry on from the cursor.
    """

    __tablename__ = "reconciliations"
    __table_args__ = (
        Index(
            "uq_reconciliations_one_running",
            "organization_id",
            "dry_run",
            unique=True,
            postgresql_where=text("finished_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_reconciliations_finished_at", "finished_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"))
    """The one that is compared; None: all of them."""
    dry_run: Mapped[bool]
    ticket: Mapped[int]
    """Of `sync` (B1), taken at the beginning: what was fetched later is newer than the lists."""
    phase: Mapped[ReconciliationPhase] = mapped_column(words(ReconciliationPhase, name="phase"))
    listed: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether Stripe's list of this phase has been read to its end."""
    cursor: Mapped[str | None]
    """Stripe's id of the last object of the last page, or the last that we miss at Stripe."""
    compared: Mapped[int] = mapped_column(server_default=text("0"))
    drifted: Mapped[int] = mapped_column(server_default=text("0"))
    began_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    lease: Mapped[UUID]
    leased_until: Mapped[datetime]


class Sighting(Base):
    """Stripe has listed this object: what is mirrored as living and was not listed is over."""

    __tablename__ = "sightings"

    reconciliation_id: Mapped[UUID] = mapped_column(
        ForeignKey("reconciliations.id", ondelete="CASCADE"), primary_key=True
    )
    stripe_id: Mapped[str] = mapped_column(primary_key=True)
