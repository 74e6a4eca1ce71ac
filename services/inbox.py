"""Stripe's webhooks: verified, stored and acknowledged; a job does the rest (C1)."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog

from db import organizations, stripe_events
from db.database import Database, Transaction
from db.enums import StripeEventState
from db.models import StripeEvent
from services.backoff import pause_after
from services.clock import Clock
from services.jobs import SYNC_EVENT, PostponedError
from services.stripe_gateway import (
    API_VERSION,
    WANTED_EVENTS,
    StripeEventEnvelope,
    StripeGateway,
    StripeRefusedError,
)
from services.sync import SyncService, UnknownPriceError

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 100
"""With pauses of up to five minutes: some seven hours of a Stripe that does not answer."""
_FIRST_PAUSE = timedelta(seconds=1)
_LONGEST_PAUSE = timedelta(minutes=5)
_LEASE = timedelta(seconds=30)
"""How long a worker that died keeps others from fetching. A fetch that takes longer meets another
one; then the later ticket wins (B1).
"""


class InboxService:
    """An event is a signal to fetch. What it carries is kept for people, and never applied."""

    def __init__(
        self, database: Database, gateway: StripeGateway, clock: Clock, sync_service: SyncService
    ) -> None:
        self._database = database
        self._gateway = gateway
        self._clock = clock
        self._sync = sync_service

    async def receive(self, raw: bytes, *, signature: str | None) -> bool:
        """Verify a delivery on its raw body, store it once, and enqueue its job.

        False when it was stored before. Raises `InvalidWebhookError` for what can't be believed.
        """
        event = self._gateway.construct_event(raw, signature=signature)
        _tell_of_other_version(event)
        async with self._database.begin() as transaction:
            is_new = await stripe_events.store(
                transaction,
                event.payload,
                id=event.id,
                type=event.type,
                api_version=event.api_version,
                object_id=event.object_id,
                stripe_customer_id=event.customer_id,
                stripe_created_at=event.created_at,
                received_at=self._clock.now(),
            )
            if is_new:
                await transaction.enqueue(SYNC_EVENT, {"event_id": event.id})
        return is_new

    async def resolve(self, event_id: str) -> None:
        """Fetch what an event speaks of. One fetch answers all events that waited when it began.

        Raises `PostponedError` while somebody else fetches for the same organization, and after a
        fetch that failed; after the last attempt the event waits for a person instead.
        """
        async with self._database.begin() as transaction:
            event = await stripe_events.get(transaction, event_id)
            if event is None or event.state is not StripeEventState.RECEIVED:
                return
            organization_id = await _organization_of(transaction, event)
            if organization_id is None:
                await self._ignore(transaction, event)
                return
            claimed = await _claim(transaction, event, organization_id)
        if claimed:
            await self._fetch(organization_id, claimed)

    async def _fetch(self, organization_id: UUID, event_ids: Sequence[str]) -> None:
        try:
            await self._sync.sync(organization_id)
        except UnknownPriceError as error:  # asking again won't help: a finding is for a person
            log.warning("inbox.unknown_price", reason=str(error))
        except StripeRefusedError as error:
            log.error("stripe.refused", organization_id=organization_id, **error.facts)  # noqa: TRY400 # a traceback says no more
            pause = await self._fail(event_ids, error=f"{error} -> {error.remedy}")
            raise PostponedError(pause) from error
        except Exception as error:
            pause = await self._fail(event_ids, error=f"{type(error).__name__}: {error}")
            raise PostponedError(pause) from error
        async with self._database.begin() as transaction:
            await stripe_events.close(
                transaction, event_ids, state=StripeEventState.DONE, now=self._clock.now()
            )

    async def _fail(self, event_ids: Sequence[str], *, error: str) -> timedelta:
        """Write a failed attempt down; how long all those events wait for the next one."""
        async with self._database.begin() as transaction:
            attempts = await stripe_events.count_attempt(transaction, event_ids, error=error)
            dead = await stripe_events.bury(
                transaction, event_ids, attempts=MOST_ATTEMPTS, now=self._clock.now()
            )
            pause = pause_after(attempts, first=_FIRST_PAUSE, longest=_LONGEST_PAUSE)
            await stripe_events.postpone(transaction, event_ids, pause=pause)
        log.warning("inbox.fetch_failed", events=len(event_ids), attempts=attempts, error=error)
        if dead:
            log.error("inbox.dead", event_ids=dead, error=error)
        return pause

    async def _ignore(self, transaction: Transaction, event: StripeEvent) -> None:
        log.info("inbox.ignored", event_id=event.id, type=event.type)
        await stripe_events.close(
            transaction, [event.id], state=StripeEventState.IGNORED, now=self._clock.now()
        )


def _tell_of_other_version(event: StripeEventEnvelope) -> None:
    """It serves all the same: what it speaks of is fetched, in the version that we speak."""
    if event.api_version != API_VERSION:
        log.warning(
            "inbox.other_api_version",
            event_id=event.id,
            type=event.type,
            api_version=event.api_version,
            ours=API_VERSION,
        )


async def _organization_of(transaction: Transaction, event: StripeEvent) -> UUID | None:
    """Whose event it is: nobody's, when it changes nothing here, or is another product's."""
    if event.type not in WANTED_EVENTS or event.stripe_customer_id is None:
        return None
    return await organizations.find_by_customer(transaction, event.stripe_customer_id)


async def _claim(
    transaction: Transaction, event: StripeEvent, organization_id: UUID
) -> list[str] | None:
    """All events that wait for the same fetch, for us alone; None when ours no longer waits."""
    customer_id = event.stripe_customer_id
    assert customer_id is not None, "an organization was found by it"
    await organizations.lock(transaction, organization_id)
    now = await stripe_events.get(transaction, event.id)
    if now is None or now.state is not StripeEventState.RECEIVED:
        return None
    if pause := await stripe_events.get_pause(transaction, stripe_customer_id=customer_id):
        raise PostponedError(pause)
    return await stripe_events.claim(transaction, stripe_customer_id=customer_id, lease=_LEASE)
