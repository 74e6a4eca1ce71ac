"""Comparing all that lives at Stripe with the mirror, and repairing the mirror (C4).

Lists are read by pages of a hundred, so the calls grow with what there is and not with how many
organizations there are; only what differs is fetched by itself, by `sync`. Each step writes its
cursor and what it found in one transaction: a process that is killed loses one page at most.
"""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from db import findings, mirror, subscriptions
from db.database import Database, Row
from services.account_lists import AccountList, account_lists, next_phase
from services.catalogue import Catalogue
from services.clock import Clock
from services.mirror_comparison import MISSING, Difference, MirrorComparison
from services.reconciliation_repairs import Repairs
from services.reconciliation_runs import ReconciliationRuns
from services.reconciliation_work import BEFORE_ALL, Reconciled, Watching, Work
from services.schedule_release import ScheduleReleaseService
from services.stripe_gateway import StripeGateway, StripeMissingError
from services.sync import SyncService

__all__ = ["Reconciled", "ReconcilerService", "Watching"]

PAGE = 500
"""Rows of ours in one statement."""


class ReconcilerService:
    """See the module. `gateway` and `sync_service` have to keep to Stripe's rate limit."""

    def __init__(
        self,
        database: Database,
        gateway: StripeGateway,
        clock: Clock,
        catalogue: Catalogue,
        *,
        sync_service: SyncService,
        schedule_release: ScheduleReleaseService,
    ) -> None:
        self._database = database
        self._gateway = gateway
        self._runs = ReconciliationRuns(database, clock)
        self._repairs = Repairs(database, clock, sync_service, schedule_release)
        self._lists = account_lists(self._gateway, MirrorComparison(database, catalogue))

    async def reconcile(
        self,
        *,
        organization_id: UUID | None = None,
        dry_run: bool = False,
        watching: Watching | None = None,
    ) -> Reconciled:
        """Compare everything, or one organization, and repair what differs unless `dry_run`.

        Raises:
            AlreadyReconcilingError: somebody else is at it.
            StripeUnavailableError: Stripe does not answer; the next run goes on from there.
        """
        customer_id = await self._customer_of(organization_id)
        if organization_id is not None and customer_id is None:
            return Reconciled()
        run = await self._runs.take(organization_id, dry_run=dry_run)
        try:
            return await self._carry_out(Work(run, self._runs, customer_id, watching or Watching()))
        finally:
            await asyncio.shield(self._runs.let_go(run))

    async def count_ours(self, *, organization_id: UUID | None = None) -> int:
        """How much there is to compare: what `Watching.advanced` adds up to, more or less."""
        row = await self._database.fetch_row(mirror.COUNT_OURS, only=organization_id)
        return int(row["total"]) if row else 0

    async def list_findings(self, *, organization_id: UUID | None = None) -> AsyncIterator[Row]:
        """What needs a person, the oldest first: `name`, `kind`, `subject`, `opened_at`."""
        after = BEFORE_ALL
        while rows := await self._database.fetch(
            findings.FOR_PEOPLE, only=organization_id, after=after, limit=PAGE
        ):
            for row in rows:
                yield row
            after = rows[-1]["id"]

    async def _customer_of(self, organization_id: UUID | None) -> str | None:
        if organization_id is None:
            return None
        async with self._database.begin() as transaction:
            return await subscriptions.get_customer_id(transaction, organization_id)

    async def _carry_out(self, work: Work) -> Reconciled:
        run = work.run
        work.watching.advanced(run.compared)
        await self._repairs.repair_drift(work)
        while work.goes_on:
            await self._step(work)
            await self._repairs.repair_drift(work)
        if work.is_over:
            await self._repairs.release_empty_schedules(work)
            if run.organization_id is not None and not run.dry_run:
                await self._repairs.sync(work, run.organization_id)
            await self._runs.finish(run)
        return Reconciled(run.compared, run.drifted, work.failed, finished=work.is_over)

    async def _step(self, work: Work) -> None:
        """One page of Stripe's list, or, after its end, one page of what it did not hold."""
        step = self._miss if work.run.listed else self._read
        await step(work, self._lists[work.run.phase])

    async def _read(self, work: Work, account_list: AccountList) -> None:
        run = work.run
        ticket = await subscriptions.take_ticket(self._database)
        try:
            page = await work.patiently(lambda: account_list.fetch(run.cursor, work.customer_id))
        except StripeMissingError:
            if run.cursor is None:
                raise
            run.cursor = None  # the customer at our cursor was deleted: the list is read anew
            return
        compared = await account_list.compare(page.items, ticket=ticket)
        run.cursor, run.listed = page.last_id, page.last_id is None
        run.compared += compared.ours
        await work.found(compared.differences, sighted=[one.id for one in page.items])
        work.watching.advanced(compared.ours)

    async def _miss(self, work: Work, account_list: AccountList) -> None:
        run = work.run
        rows = await self._database.fetch(
            account_list.missed,
            only=run.organization_id,
            run=run.id,
            ticket=run.ticket,
            after=run.cursor or "",
            limit=PAGE,
        )
        if len(rows) == PAGE:
            run.cursor = rows[-1]["subject"]
        else:
            work.enter(next_phase(run.phase))
        await work.found(tuple(_missing(row) for row in rows))


def _missing(row: Row) -> Difference:
    return Difference(row["owner_id"], row["owner_name"], row["subject"], MISSING)
