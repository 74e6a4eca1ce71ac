"""How far a comparison with Stripe has come, and who works on it."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, Uuid, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from db.database import Transaction
from db.enums import ReconciliationPhase
from db.ids import new_id
from db.models import Reconciliation, Sighting
from db.statements import Statement

LEASE = timedelta(minutes=2)
"""How long a step may take before somebody else may believe that we have died."""
KEPT = timedelta(days=30)


async def take(
    transaction: Transaction,
    *,
    organization_id: UUID | None,
    dry_run: bool,
    ticket: int,
    now: datetime,
) -> Reconciliation | None:
    """Begin a comparison, or carry on one whose lease has run out; None: somebody works on it.

    A dry run always begins anew: what it has told is told to nobody else.
    """
    running = (
        select(Reconciliation, Reconciliation.leased_until > func.clock_timestamp())
        .where(
            Reconciliation.organization_id.is_not_distinct_from(organization_id),
            Reconciliation.dry_run == dry_run,
            Reconciliation.finished_at.is_(None),
        )
        .with_for_update(skip_locked=True)
    )
    found = (await transaction.session.execute(running)).one_or_none()
    if found is not None:
        row, is_leased = found
        if is_leased:
            return None
        if not dry_run:
            row.lease, row.leased_until = new_id(), _lease_end()
            return row
        await transaction.session.delete(row)
        await transaction.session.flush()
    return await _begin(
        transaction, organization_id=organization_id, dry_run=dry_run, ticket=ticket, now=now
    )


async def _begin(
    transaction: Transaction,
    *,
    organization_id: UUID | None,
    dry_run: bool,
    ticket: int,
    now: datetime,
) -> Reconciliation | None:
    """None: somebody has begun at the same moment."""
    statement = (
        insert(Reconciliation)
        .values(
            id=new_id(),
            organization_id=organization_id,
            dry_run=dry_run,
            ticket=ticket,
            phase=ReconciliationPhase.SUBSCRIPTIONS,
            began_at=now,
            lease=new_id(),
            leased_until=_lease_end(),
        )
        .on_conflict_do_nothing()
        .returning(Reconciliation)
    )
    return (await transaction.session.execute(statement)).scalar_one_or_none()


def _lease_end() -> ColumnElement[datetime]:
    """On the database's clock: the one that all who want the lease share."""
    return func.clock_timestamp() + LEASE


async def advance(transaction: Transaction, run: Reconciliation) -> bool:
    """Write the cursor down, and keep the lease; false: it was lost, and nothing is written."""
    statement = (
        update(Reconciliation)
        .where(
            Reconciliation.id == run.id,
            Reconciliation.lease == run.lease,
            Reconciliation.finished_at.is_(None),
        )
        .values(
            phase=run.phase,
            listed=run.listed,
            cursor=run.cursor,
            compared=run.compared,
            drifted=run.drifted,
            finished_at=run.finished_at,
            leased_until=_lease_end(),
        )
        .returning(Reconciliation.id)
        .execution_options(synchronize_session=False)
    )
    return (await transaction.session.execute(statement)).scalar_one_or_none() is not None


async def give_up(transaction: Transaction, run: Reconciliation) -> None:
    """Let go of the lease at once: the next one need not wait for it to run out."""
    await transaction.session.execute(
        update(Reconciliation)
        .where(Reconciliation.id == run.id, Reconciliation.lease == run.lease)
        .values(leased_until=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )


_SIGHT = Statement(
    insert(Sighting)
    .from_select(
        ["reconciliation_id", "stripe_id"],
        select(
            bindparam("run", type_=Uuid), func.unnest(bindparam("stripe_ids", type_=ARRAY(Text)))
        ),
    )
    .on_conflict_do_nothing()
)


async def sight(transaction: Transaction, run: Reconciliation, stripe_ids: Collection[str]) -> None:
    """Remember what Stripe has listed."""
    if stripe_ids:
        await transaction.fetch(_SIGHT, run=run.id, stripe_ids=list(stripe_ids))


async def forget(transaction: Transaction, run: Reconciliation, *, now: datetime) -> None:
    """What was sighted in a run that is over, the run itself if it was a dry one, and old runs."""
    await transaction.session.execute(delete(Sighting).where(Sighting.reconciliation_id == run.id))
    old = Reconciliation.finished_at < now - KEPT
    dry = (Reconciliation.id == run.id) & Reconciliation.dry_run
    await transaction.session.execute(
        delete(Reconciliation).where(old | dry).execution_options(synchronize_session=False)
    )
