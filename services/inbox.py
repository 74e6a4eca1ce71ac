"""Stripe's webhooks: verified, stored and acknowledged; a job does the rest (C1)."""

from uuid import UUID

import structlog

from db import organizations, stripe_events
from db.database import Database, Transaction
from db.enums import StripeEventState
from db.models import StripeEvent
from services.clock import Clock
from services.jobs import SYNC_EVENT
from services.stripe_gateway import StripeGateway
from services.sync import SyncService

log = structlog.get_logger(__name__)


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
        async with self._database.begin() as transaction:
            values = {
                "id": event.id,
                "type": event.type,
                "api_version": event.api_version,
                "object_id": event.object_id,
                "stripe_customer_id": event.customer_id,
                "stripe_created_at": event.created_at,
                "received_at": self._clock.now(),
                "payload": dict(event.payload),
                "state": StripeEventState.RECEIVED,
            }
            is_new = await stripe_events.store(transaction, values)
            if is_new:
                await transaction.enqueue(SYNC_EVENT, {"event_id": event.id})
        return is_new

    async def resolve(self, event_id: str) -> None:
        """Fetch what an event speaks of. One fetch answers all events that waited when it began."""
        async with self._database.begin() as transaction:
            event = await stripe_events.get(transaction, event_id)
            if event is None or event.state is not StripeEventState.RECEIVED:
                return
            organization_id = await _organization_of(transaction, event)
            if organization_id is None or event.stripe_customer_id is None:
                await self._ignore(transaction, event)
                return
            waiting = await stripe_events.list_waiting(
                transaction, stripe_customer_id=event.stripe_customer_id
            )
        await self._sync.sync(organization_id)
        async with self._database.begin() as transaction:
            await stripe_events.close(
                transaction, waiting, state=StripeEventState.DONE, now=self._clock.now()
            )

    async def fail(self, event_id: str, *, error: str, last: bool) -> None:
        """Write down a failed attempt; after the last one the event waits for a person."""
        async with self._database.begin() as transaction:
            await stripe_events.count_attempt(transaction, event_id, error=error)
            if last:
                log.error("inbox.dead", event_id=event_id, error=error)
                await stripe_events.close(
                    transaction,
                    [event_id],
                    state=StripeEventState.DEAD,
                    now=self._clock.now(),
                    error=error,
                )

    async def _ignore(self, transaction: Transaction, event: StripeEvent) -> None:
        log.info("inbox.ignored", event_id=event.id, type=event.type)
        await stripe_events.close(
            transaction, [event.id], state=StripeEventState.IGNORED, now=self._clock.now()
        )


async def _organization_of(transaction: Transaction, event: StripeEvent) -> UUID | None:
    """Whose event it is: nobody's, when it is about no customer or about another product's."""
    if event.stripe_customer_id is None:
        return None
    return await organizations.find_by_customer(transaction, event.stripe_customer_id)
