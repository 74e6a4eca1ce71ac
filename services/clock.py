"""The clock of business time: periods, grace, invitations, checkouts (design, section 5).

Tokens, signatures, the job queue and rate limits stay on real time. The offset is kept in Postgres,
moves forward only, and only in development; in production it is zero and is not even read.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, update

from db.database import Database
from db.models import ClockOffset
from db.statements import Statement

CLOCK_CHANNEL = "seatwise_clock"
_OFFSET = Statement(select(ClockOffset.seconds))


def real_now() -> datetime:
    """Real time, for what other machines measure too: Stripe's keys, mails, rate limits."""
    return datetime.now(UTC)


class Clock:
    """Business time of this process. `movable` is true in development only."""

    def __init__(self, *, movable: bool = False) -> None:
        self.movable = movable
        self._offset = timedelta()

    def now(self) -> datetime:
        """Business time, UTC."""
        return datetime.now(UTC) + self._offset

    @property
    def offset(self) -> timedelta:
        """How far business time stands ahead of real time."""
        return self._offset

    async def refresh(self, database: Database) -> None:
        """Read the offset again: at start, and when another process has moved the clock."""
        if self.movable:
            row = await database.fetch_row(_OFFSET)
            self._offset = timedelta(seconds=row["seconds"] if row else 0)

    async def advance(self, database: Database, by: timedelta) -> None:
        """Move the clock forward for every process."""
        if not self.movable:
            raise RuntimeError("the clock moves in development only")
        if by < timedelta():
            raise ValueError("the clock moves forward only")
        seconds = int(by.total_seconds())
        async with database.begin() as transaction:
            await transaction.session.execute(
                update(ClockOffset)
                .where(ClockOffset.singleton)
                .values(seconds=ClockOffset.seconds + seconds)
            )
            await transaction.session.execute(select(func.pg_notify(CLOCK_CHANNEL, "moved")))
        await self.refresh(database)
