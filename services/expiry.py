"""The sweep: who has not renewed in the grace time loses their members, but the owner (B3)."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from db import expiry
from db.database import Database, Transaction
from db.enums import MailKind
from db.expiry import Expiry
from services import audit
from services.actors import SYSTEM
from services.clock import Clock
from services.global_ids import encode
from services.jobs import WRITE_NOTICES
from services.notices import Notice

BATCH = 50
"""Organizations per transaction: who wants one of them waits for all. More are no faster."""
WARNING = timedelta(days=1)
"""How long before the deactivation its mail is written."""


@dataclass(frozen=True, slots=True)
class DueExpiry:
    """What a sweep would do now to one organization; `people` would be deactivated."""

    name: str
    ended_at: datetime
    deactivates_at: datetime
    people: int


@dataclass(slots=True)
class Swept:
    """What a sweep did."""

    organizations: int = 0
    people: int = 0
    warned: int = 0


def _unwatched(_organizations: int) -> None:
    """Nobody watches the progress."""


class ExpiryService:
    """Any number of sweeps may run at once. One that is killed leaves whole organizations behind,
    done or not begun: the next one carries on, and one that finds nothing does nothing.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def sweep(
        self, *, batch: int = BATCH, advanced: Callable[[int], None] = _unwatched
    ) -> Swept:
        """Deactivate what is due, and warn those that are due within a day.

        `advanced` is told after each transaction how many organizations it has done.
        """
        swept = Swept()
        while done := await self._deactivate_batch(batch, swept):
            advanced(done)
        while await self._warn_batch(batch, swept):
            pass
        return swept

    async def count_due(self) -> int:
        """How many organizations a sweep would deactivate now."""
        row = await self._database.fetch_row(expiry.COUNT_DUE, now=self._clock.now())
        return int(row["total"]) if row else 0

    async def list_due(self, *, page: int = BATCH) -> AsyncIterator[DueExpiry]:
        """What a sweep would do now, what has been due longest first; nothing is changed."""
        now, after_at, after_id = self._clock.now(), _BEFORE_ALL, UUID(int=0)
        while rows := await self._database.fetch(
            expiry.DUE_PAGE, now=now, after_0=after_at, after_1=after_id, limit=page
        ):
            for row in rows:
                yield DueExpiry(row["name"], row["ended_at"], row["deactivates_at"], row["people"])
            after_at, after_id = rows[-1]["deactivates_at"], rows[-1]["id"]

    async def _deactivate_batch(self, limit: int, swept: Swept) -> int:
        async with self._database.begin() as transaction:
            due = await expiry.lock_due(transaction, now=self._clock.now(), limit=limit)
            if due:
                now = (
                    self._clock.now()
                )  # with the lock held: the ledger's moments follow each other
                swept.people += await _deactivate(transaction, due, now=now)
        swept.organizations += len(due)
        return len(due)

    async def _warn_batch(self, limit: int, swept: Swept) -> int:
        async with self._database.begin() as transaction:
            now = self._clock.now()
            near = await expiry.lock_near(transaction, now=now, until=now + WARNING, limit=limit)
            if near:
                await expiry.mark_warned(transaction, near, now=now)
                await _give_notice(transaction, near, MailKind.DEACTIVATION_NEAR)
        swept.warned += len(near)
        return len(near)


_BEFORE_ALL = datetime.fromisoformat("0001-01-01T00:00:00+00:00")


async def _deactivate(transaction: Transaction, due: Sequence[Expiry], *, now: datetime) -> int:
    people = await expiry.deactivate_members(
        transaction, [one.organization_id for one in due], now=now
    )
    by_organization: defaultdict[UUID, list[str]] = defaultdict(list)
    for organization_id, member_id in people:
        by_organization[organization_id].append(encode("Member", organization_id, member_id))
    present = [one for one in due if not one.deleted]
    for one in present:
        audit.record(
            transaction,
            one.organization_id,
            actor=SYSTEM,
            action="organization.deactivated",
            target=("Subscription", one.subscription_id),
            at=now,
            after={"deactivatedMemberIds": by_organization[one.organization_id]},
        )
        transaction.announce(one.organization_id, "MEMBERS", "SEATS", "SUBSCRIPTION")
    await expiry.mark_deactivated(transaction, due, now=now)
    await _give_notice(transaction, present, MailKind.ORGANIZATION_DEACTIVATED, at=now)
    return len(people)


async def _give_notice(
    transaction: Transaction,
    expiries: Sequence[Expiry],
    kind: MailKind,
    *,
    at: datetime | None = None,
) -> None:
    notices = [
        Notice(one.organization_id, kind, one.subscription_id, at or one.deactivates_at)
        for one in expiries
    ]
    await transaction.enqueue(WRITE_NOTICES, *(notice.payload for notice in notices))
