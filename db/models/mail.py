"""Mails: the outbox, written in the transaction that is their cause."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.enums import MailKind
from db.models.base import Base, Tenant, words


class Mail(Tenant, Base):
    """One mail: at most one per cause and recipient, however often its job runs.

    The words are written when the cause commits and erased when the mail is sent or given up: an
    invitation's link is a secret of its recipient. The moments are real time, as the queue's are.
    """

    __tablename__ = "mails"
    __table_args__ = (
        UniqueConstraint("organization_id", "cause", "recipient"),
        Index("ix_mails_organization_id_kind_queued_at", "organization_id", "kind", "queued_at"),
        Index("ix_mails_unsent", "id", postgresql_where=text("text IS NOT NULL")),
        Index("ix_mails_failed_at", "failed_at", postgresql_where=text("failed_at IS NOT NULL")),
        CheckConstraint(
            "num_nonnulls(text, sent_at, failed_at) = 1", name="erased_when_sent_or_given_up"
        ),
        CheckConstraint("(failed_at IS NULL) = (failure IS NULL)", name="failure"),
        CheckConstraint("(text IS NULL) = (html IS NULL)", name="both_forms"),
    )

    kind: Mapped[MailKind] = mapped_column(words(MailKind, name="kind"))
    cause: Mapped[str]
    """What the mail tells of, as `invitation:<id>:<moment of sending>`."""
    recipient: Mapped[str]
    message_id: Mapped[str] = mapped_column(unique=True)
    subject: Mapped[str]
    text: Mapped[str | None]
    html: Mapped[str | None]
    queued_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    failure: Mapped[str | None]
    """Why it was given up: what the mail server said."""
