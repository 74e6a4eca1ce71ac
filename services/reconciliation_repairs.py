"""What a comparison has found is repaired here, an organization at a time, by `sync`."""

import asyncio
from datetime import timedelta
from uuid import UUID

import structlog

from db import findings, mirror
from db.database import Database, Row
from services.clock import Clock
from services.mirror_comparison import Difference
from services.reconciliation_work import Work
from services.refusals import BillingUnavailable
from services.schedule_release import ScheduleReleaseService
from services.stripe_gateway import StripeRefusedError
from services.sync import SyncService, UnknownPriceError

log = structlog.get_logger(__name__)

AT_ONCE = 4
"""Organizations that are fetched at the same time."""
PAGE = 100
CALLER_IS_GONE = timedelta(minutes=2)
"""No caller waits this long for Stripe: whose schedule is still empty has died."""
EMPTY_SCHEDULE = ("empty_schedule",)


class Repairs:
    """Each can be done again: `sync` writes what Stripe says, however often."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sync_service: SyncService,
        schedule_release: ScheduleReleaseService,
    ) -> None:
        self._database = database
        self._clock = clock
        self._sync = sync_service
        self._schedules = schedule_release

    async def repair_drift(self, work: Work) -> None:
        """Whatever drift is open, also what a run that died has left."""
        while not work.run.dry_run and not work.watching.stop.is_set():
            rows = await self._database.fetch(
                findings.OPEN_DRIFT,
                only=work.run.organization_id,
                after=work.repaired,
                limit=AT_ONCE,
            )
            if not rows:
                return
            organizations = {row["organization_id"] for row in rows}
            await asyncio.gather(*(self.sync(work, one) for one in organizations))
            work.repaired = rows[-1]["id"]
            await work.runs.advance(work.run)

    async def sync(self, work: Work, organization_id: UUID) -> None:
        """Fetch one organization; one that Stripe refuses to tell about is left out."""
        try:
            await work.patiently(lambda: self._sync.sync(organization_id))
        except UnknownPriceError:
            log.info("reconciler.unknown_price", organization_id=organization_id)
        except StripeRefusedError as error:
            work.failed += 1
            log.warning("reconciler.refused", organization_id=organization_id, **error.facts)

    async def release_empty_schedules(self, work: Work) -> None:
        """Those of changes whose caller died before it said what is to change."""
        before, after = self._clock.now() - CALLER_IS_GONE, ""
        while rows := await self._database.fetch(
            mirror.EMPTY_SCHEDULES,
            only=work.run.organization_id,
            now=before,
            after=after,
            limit=PAGE,
        ):
            for row in rows:
                await self._release(work, row)
            after = rows[-1]["subject"]

    async def _release(self, work: Work, row: Row) -> None:
        work.run.drifted += 1
        name, subject = row["owner_name"], row["subject"]
        work.watching.found(Difference(row["owner_id"], name, subject, EMPTY_SCHEDULE))
        if work.run.dry_run:
            return
        try:
            await self._schedules.release(row["owner_id"])
        except BillingUnavailable as error:
            work.failed += 1
            log.warning("reconciler.not_released", schedule=subject, why=str(error))
        await work.runs.advance(work.run)
