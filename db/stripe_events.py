"""The webhook inbox."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from db.database import Transaction
from db.enums import StripeEventState
from db.models import StripeEvent


async def store(transaction: Transaction, values: Mapping[str, Any]) -> bool:
    """Store an event; False when a delivery of it was stored before."""
    statement = (
        insert(StripeEvent)
        .values(**values)
        .on_conflict_do_nothing(index_elements=[StripeEvent.id])
        .returning(StripeEvent.id)
    )
    return (await transaction.session.execute(statement)).scalar_one_or_none() is not None


async def get(transaction: Transaction, event_id: str) -> StripeEvent | None:
    """An event as it stands now."""
    return await transaction.session.get(StripeEvent, event_id)


async def list_waiting(transaction: Transaction, *, stripe_customer_id: str) -> list[str]:
    """The ids of the events about a customer that no fetch has answered yet."""
    statement = select(StripeEvent.id).where(
        StripeEvent.stripe_customer_id == stripe_customer_id,
        StripeEvent.state == StripeEventState.RECEIVED,
    )
    return list((await transaction.session.execute(statement)).scalars())


async def close(
    transaction: Transaction,
    event_ids: list[str],
    *,
    state: StripeEventState,
    now: datetime,
    error: str | None = None,
) -> None:
    """End events that were still waiting."""
    await transaction.session.execute(
        update(StripeEvent)
        .where(StripeEvent.id.in_(event_ids), StripeEvent.state == StripeEventState.RECEIVED)
        .values(state=state, closed_at=now, error=error)
    )


async def count_attempt(transaction: Transaction, event_id: str, *, error: str) -> None:
    """Write down that fetching for an event failed, and why."""
    await transaction.session.execute(
        update(StripeEvent)
        .where(StripeEvent.id == event_id)
        .values(attempts=StripeEvent.attempts + 1, error=error)
    )
