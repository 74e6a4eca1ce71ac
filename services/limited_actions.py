"""What is limited in how often it is done, and how a limit is said."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import auto

from limits import RateLimitItem, parse_many

from db.enums import Word


class LimitedAction(Word):
    """What is limited. Each mutation that is, is one of these."""

    SEND = auto()
    """It sends a mail."""
    CHARGE = auto()
    """It charges, or calls Stripe on the way to it."""
    CREATE = auto()
    """It takes a name for ever."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """The limits of one action; all of them hold."""

    per_viewer: Sequence[RateLimitItem]
    per_address: Sequence[RateLimitItem]

    @classmethod
    def of(cls, *, per_viewer: str, per_address: str) -> "RateLimit":
        """In the words of `limits`: `30/minute; 300/hour`. Raises ValueError."""
        return cls(parse_many(per_viewer), parse_many(per_address))
