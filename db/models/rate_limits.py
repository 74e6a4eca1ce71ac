"""How often somebody has called within a window."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base


class RateCount(Base):
    """One window of one rate limit. Unlogged: a crash of Postgres begins all windows anew."""

    __tablename__ = "rate_counts"
    __table_args__ = (
        Index("ix_rate_counts_expires_at", "expires_at"),
        {"prefixes": ["UNLOGGED"]},
    )

    key: Mapped[str] = mapped_column(primary_key=True)
    """The limit, and whose it is."""
    count: Mapped[int]
    expires_at: Mapped[datetime]
    """When the window ends, on real time."""
