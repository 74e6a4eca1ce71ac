"""The cursor of a comparison, kept in Postgres: whoever holds its lease moves it."""

from collections.abc import Collection, Iterable
from uuid import UUID

from db import findings, reconciliations, subscriptions
from db.database import Database
from db.enums import FindingKind
from db.findings import NewFinding
from db.models import Reconciliation
from services.clock import Clock
from services.mirror_comparison import Difference


class AlreadyReconcilingError(Exception):
    """Another process compares the same, or has died within the last two minutes."""

    def __init__(self) -> None:
        minutes = int(reconciliations.LEASE.total_seconds() // 60)
        super().__init__(
            "another process is reconciling; should it have died, its work can be carried on"
            f" in {minutes} minutes at most"
        )


class LeaseLostError(AlreadyReconcilingError):
    """We were too slow, and somebody else has carried on; nothing was written."""


class ReconciliationRuns:
    """One run at a time of all, and one of each organization; dry ones beside them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def take(self, organization_id: UUID | None, *, dry_run: bool) -> Reconciliation:
        """Begin, or carry on what was interrupted. Raises `AlreadyReconcilingError`."""
        ticket = await subscriptions.take_ticket(self._database)
        async with self._database.begin() as transaction:
            run = await reconciliations.take(
                transaction,
                organization_id=organization_id,
                dry_run=dry_run,
                ticket=ticket,
                now=self._clock.now(),
            )
        if run is None:
            raise AlreadyReconcilingError
        return run

    async def advance(
        self,
        run: Reconciliation,
        *,
        sighted: Collection[str] = (),
        differences: Iterable[Difference] = (),
    ) -> None:
        """Write down where the run stands, together with what the step has found.

        Raises `LeaseLostError` when somebody else has carried on.
        """
        async with self._database.begin() as transaction:
            if not await reconciliations.advance(transaction, run):
                raise LeaseLostError
            await reconciliations.sight(transaction, run, sighted)
            if not run.dry_run:
                drift = [_drift(one) for one in differences]
                await findings.open_all(transaction, drift, now=self._clock.now())

    async def finish(self, run: Reconciliation) -> None:
        """The end: of a dry run nothing is left."""
        run.finished_at = self._clock.now()
        async with self._database.begin() as transaction:
            if not await reconciliations.advance(transaction, run):
                raise LeaseLostError
            await reconciliations.forget(transaction, run, now=run.finished_at)

    async def let_go(self, run: Reconciliation) -> None:
        """Somebody else may carry on at once."""
        async with self._database.begin() as transaction:
            await reconciliations.give_up(transaction, run)


def _drift(one: Difference) -> NewFinding:
    details = {"fields": list(one.fields)}
    return NewFinding(one.organization_id, FindingKind.DRIFT, one.subject, details)
