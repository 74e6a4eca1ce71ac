"""Counters of rate limits, in Postgres: `limits` counts by them, whichever process is asked.

Windows are real time, and Postgres' clock is the one clock of all processes.
"""

from datetime import timedelta

from limits.aio.storage import Storage
from sqlalchemy import case, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from db.batches import BATCH, delete_in_batches, deleting
from db.database import Database, Transaction
from db.models import RateCount

_NOW = func.clock_timestamp()
_IS_OVER = RateCount.expires_at <= _NOW


class RateCountStorage(Storage):
    """Within one transaction; what it counts is there for others when that commits.

    It holds the counter's row until then: who counts several takes them always in one order.
    """

    STORAGE_SCHEME = None

    def __init__(self, transaction: Transaction) -> None:
        super().__init__()
        self._session = transaction.session

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """Of the database: they are ours, and pass as they are."""
        return ()

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count; the count of the window so far. `expiry` is the length of a new one in seconds."""
        fresh = {"count": amount, "expires_at": _NOW + timedelta(seconds=expiry)}
        counting = insert(RateCount).values(key=key, **fresh)
        statement = counting.on_conflict_do_update(
            index_elements=[RateCount.key],
            set_={
                "count": case((_IS_OVER, amount), else_=RateCount.count + amount),
                "expires_at": case((_IS_OVER, fresh["expires_at"]), else_=RateCount.expires_at),
            },
        ).returning(RateCount.count)
        return (await self._session.execute(statement)).scalar_one()

    async def get(self, key: str) -> int:
        """The count of the window that is open."""
        statement = select(RateCount.count).where(RateCount.key == key, ~_IS_OVER)
        return (await self._session.execute(statement)).scalar_one_or_none() or 0

    async def get_expiry(self, key: str) -> float:
        """When the window ends, in seconds since 1970."""
        statement = select(RateCount.expires_at).where(RateCount.key == key)
        at = (await self._session.execute(statement)).scalar_one_or_none()
        return at.timestamp() if at else 0.0

    async def check(self) -> bool:
        """Whether the database answers: it would have raised."""
        return True

    async def reset(self) -> int | None:
        """Begin all windows anew."""
        await self._session.execute(delete(RateCount))
        return None

    async def clear(self, key: str) -> None:
        """Begin this window anew."""
        await self._session.execute(delete(RateCount).where(RateCount.key == key))


_FORGET = deleting(RateCount.key, RateCount.expires_at <= func.now())
"""By `now()`, the transaction's beginning: of a clock that moves while it is read Postgres looks at
every row. One that somebody counts with is left: its window begins anew.
"""


async def forget_old(database: Database, *, batch: int = BATCH) -> None:
    """Delete the windows that are over, in batches. For the worker."""
    await delete_in_batches(database, _FORGET, batch=batch)
