"""Letting go of a schedule whose change has taken effect; a job, enqueued by `sync`."""

from contextlib import suppress
from uuid import UUID

from db import intents, organizations, subscriptions
from db.database import Database
from db.enums import IntentKind
from db.ids import new_id
from db.models import Intent
from services.actors import SYSTEM
from services.intents import IntentService
from services.stripe_gateway import StripeRefusedError
from services.sync import SyncService


class ScheduleReleaseService:
    """A subscription under a schedule can be neither cancelled nor changed."""

    def __init__(
        self, database: Database, intent_service: IntentService, sync_service: SyncService
    ) -> None:
        self._database = database
        self._intents = intent_service
        self._sync = sync_service

    async def release(self, organization_id: UUID) -> None:
        """Release the schedule unless something is planned. Raises `BillingUnavailable`."""
        intent = await self._announce(organization_id)
        if intent is None:
            return
        with suppress(StripeRefusedError):  # it is released already
            await self._intents.run(intent)
        await self._sync.sync(organization_id)

    async def _announce(self, organization_id: UUID) -> Intent | None:
        kinds = (IntentKind.RELEASE_SCHEDULE,)
        async with self._database.begin() as transaction:
            await organizations.lock(transaction, organization_id)
            if left_open := await intents.get_open(transaction, organization_id, kinds=kinds):
                return left_open
            planning = (IntentKind.UPDATE_SCHEDULE,)
            if await intents.get_open(transaction, organization_id, kinds=planning):
                return None
            row = await subscriptions.get_current(transaction, organization_id)
            if row is None or row.stripe_schedule_id is None or row.pending_kind is not None:
                return None
            return self._intents.announce(
                transaction,
                organization_id,
                intent_id=new_id(),
                kind=IntentKind.RELEASE_SCHEDULE,
                parameters={"schedule_id": row.stripe_schedule_id},
                actor=SYSTEM,
            )
