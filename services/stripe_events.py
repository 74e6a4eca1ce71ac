"""The webhook inbox for operators: what arrived, what became of it, trying again, forgetting.

Whoever may ask is an operator; that is the resolvers' and the command line's question.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson

from db import stripe_event_list, stripe_events
from db.batches import delete_in_batches
from db.database import Database, Row, Transaction
from db.enums import StripeEventState
from db.stripe_event_list import StripeEventFilter
from services.clock import Clock
from services.jobs import SYNC_EVENT
from services.pages import Page, PageRequest, encode_cursor, make_page
from services.record_views import StripeEventView
from services.refusals import StripeEventNotFound

BATCH = 200
"""Events in one transaction."""


@dataclass(frozen=True, slots=True)
class StripeEventListRequest:
    """A page of the inbox, filtered; `since` (when it arrived) is in."""

    page: PageRequest
    state: StripeEventState | None = None
    type: str | None = None
    organization_id: UUID | None = None
    since: datetime | None = None
    with_payload: bool = False

    @property
    def filters(self) -> StripeEventFilter:
        """Which filters there are."""
        return StripeEventFilter(
            state=self.state is not None,
            type=self.type is not None,
            organization=self.organization_id is not None,
            since=self.since is not None,
        )


class StripeEventService:
    """Reads the inbox, and lets events be tried again. Nothing here asks Stripe."""

    def __init__(self, database: Database, clock: Clock, *, kept_for: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._kept_for = kept_for

    async def list(self, request: StripeEventListRequest) -> Page[StripeEventView]:
        """A page, the newest event first."""
        values = {
            "state": request.state,
            "type": request.type,
            "organization_id": request.organization_id,
            "since": request.since,
        }
        statement = stripe_event_list.page(
            request.filters,
            after=request.page.after is not None,
            with_payload=request.with_payload,
        )
        rows = await self._database.fetch(statement, **request.page.bounds, **values)
        total = None
        if request.page.with_total:
            counted = stripe_event_list.count(request.filters)
            [row] = await self._database.fetch(counted, **values)
            total = row["total"]
        return make_page(
            [_view(row) for row in rows],
            request.page,
            cursor_of=lambda event: encode_cursor(event.received_at, event.id),
            total=total,
        )

    async def get(self, event_id: str) -> StripeEventView | None:
        """An event with its payload; None when there is none."""
        row = await self._database.fetch_row(stripe_event_list.BY_ID, id=event_id)
        return _view(row) if row else None

    async def retry(self, event_id: str) -> None:
        """Let an event be fetched for again, now, whatever became of it.

        Safe in every state: a fetch applies nothing of the event, so one too many changes nothing.
        Raises `StripeEventNotFound`.
        """
        async with self._database.begin() as transaction:
            if await stripe_events.lock(transaction, event_id) is None:
                raise StripeEventNotFound(event_id)
            await _reopen(transaction, [event_id])

    async def count(self, state: StripeEventState) -> int:
        """How many events are in a state."""
        counted = stripe_event_list.count(StripeEventFilter(state=True))
        [row] = await self._database.fetch(counted, state=state)
        total: int = row["total"]
        return total

    async def retry_dead(
        self, *, batch: int = BATCH, advanced: Callable[[int], object] = lambda _: None
    ) -> int:
        """Let every dead event be fetched for again; how many there were.

        Those that die anew meanwhile are left: it ends. `advanced` is told of each batch.
        """
        remaining = await self.count(StripeEventState.DEAD)
        retried = 0
        while remaining > 0:
            async with self._database.begin() as transaction:
                dead = await stripe_events.lock_some_dead(transaction, most=min(batch, remaining))
                await _reopen(transaction, dead)
            if not dead:
                break
            retried += len(dead)
            remaining -= len(dead)
            advanced(len(dead))
        return retried

    async def forget_old(self, *, batch: int = BATCH) -> int:
        """Delete events that ended well and are old. Those that wait or died stay. For the worker.

        Should Stripe deliver one again, it is new, and one fetch too many is made.
        """
        return await delete_in_batches(
            self._database,
            stripe_events.FORGET,
            batch=batch,
            until=self._clock.now() - self._kept_for,
        )


async def _reopen(transaction: Transaction, event_ids: Sequence[str]) -> None:
    if event_ids:
        await stripe_events.reopen(transaction, event_ids)
        await transaction.enqueue(SYNC_EVENT, *({"event_id": one} for one in event_ids))


def _view(row: Row) -> StripeEventView:
    return StripeEventView(
        id=row["id"],
        type=row["type"],
        api_version=row["api_version"],
        object_id=row["object_id"],
        stripe_customer_id=row["stripe_customer_id"],
        organization_id=row["organization_id"],
        organization_name=row["organization_name"],
        created_at=row["stripe_created_at"],
        received_at=row["received_at"],
        state=StripeEventState(row["state"]),
        attempts=row["attempts"],
        next_attempt_at=row["next_attempt_at"],
        error=row["error"],
        closed_at=row["closed_at"],
        payload=orjson.loads(row["payload"]) if "payload" in row else None,
    )
