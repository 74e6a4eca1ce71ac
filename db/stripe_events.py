"""The webhook inbox: storing events, claiming them for a fetch, closing, reopening, forgetting.

Attempts and their pauses are on real time, as Postgres tells it: all workers share that clock.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    DateTime,
    Interval,
    bindparam,
    func,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from db.batches import deleting
from db.database import Transaction
from db.enums import StripeEventState
from db.models import StripeEvent
from db.statements import Statement, written_out

_WAITING = StripeEvent.state == StripeEventState.RECEIVED
_DEAD = StripeEvent.state == StripeEventState.DEAD
_ENDED_WELL = StripeEvent.state.in_(
    [written_out(StripeEventState.DONE), written_out(StripeEventState.IGNORED)]
)


_GIVEN = (
    "id", "type", "api_version", "object_id", "stripe_customer_id", "stripe_created_at",
    "received_at", "payload",
)  # fmt: skip
_STORE = Statement(
    insert(StripeEvent)
    .values(
        {
            name: bindparam(f"new_{name}", type_=StripeEvent.__table__.c[name].type)
            for name in _GIVEN
        }
    )
    .values(state=StripeEventState.RECEIVED)
    .on_conflict_do_nothing(index_elements=[StripeEvent.id])
    .returning(StripeEvent.id)
)


async def store(transaction: Transaction, payload: Mapping[str, Any], **columns: Any) -> bool:
    """Store an event; False when a delivery of it was stored before."""
    values = columns | {"payload": json.dumps(payload)}
    given = {f"new_{name}": value for name, value in values.items()}
    return await transaction.fetch_row(_STORE, **given) is not None


async def get(transaction: Transaction, event_id: str) -> StripeEvent | None:
    """An event as it stands now."""
    return await transaction.session.get(StripeEvent, event_id, populate_existing=True)


async def lock(transaction: Transaction, event_id: str) -> StripeEvent | None:
    """An event as it stands now; it stays so until the transaction ends."""
    return await transaction.session.get(
        StripeEvent, event_id, populate_existing=True, with_for_update=True
    )


async def get_pause(transaction: Transaction, *, stripe_customer_id: str) -> timedelta | None:
    """How long no job may fetch for a customer; None: now."""
    remaining = type_coerce(
        func.max(StripeEvent.next_attempt_at) - func.clock_timestamp(), Interval
    )
    statement = select(remaining).where(
        _WAITING,
        StripeEvent.stripe_customer_id == stripe_customer_id,
        StripeEvent.next_attempt_at > func.clock_timestamp(),
    )
    pause: timedelta | None = (await transaction.session.execute(statement)).scalar_one()
    return pause


async def claim(
    transaction: Transaction, *, stripe_customer_id: str, lease: timedelta
) -> list[str]:
    """Keep other jobs away from the events of a customer for a while; the ids of those events."""
    statement = (
        update(StripeEvent)
        .where(_WAITING, StripeEvent.stripe_customer_id == stripe_customer_id)
        .values(next_attempt_at=func.clock_timestamp() + lease)
        .returning(StripeEvent.id)
    )
    return list((await transaction.session.execute(statement)).scalars())


async def close(
    transaction: Transaction, event_ids: Sequence[str], *, state: StripeEventState, now: datetime
) -> None:
    """End events that were still waiting."""
    await transaction.session.execute(
        update(StripeEvent)
        .where(StripeEvent.id.in_(event_ids), _WAITING)
        .values(state=state, closed_at=now, next_attempt_at=None, error=None)
    )


async def count_attempt(transaction: Transaction, event_ids: Sequence[str], *, error: str) -> int:
    """Write down that fetching for events failed, and why; the most attempts that one had."""
    statement = (
        update(StripeEvent)
        .where(StripeEvent.id.in_(event_ids), _WAITING)
        .values(attempts=StripeEvent.attempts + 1, error=error)
        .returning(StripeEvent.attempts)
    )
    return max((await transaction.session.execute(statement)).scalars(), default=0)


async def postpone(
    transaction: Transaction, event_ids: Sequence[str], *, pause: timedelta | None
) -> None:
    """Keep jobs away from events for so long; None: let them come at once."""
    until = None if pause is None else func.clock_timestamp() + pause
    await transaction.session.execute(
        update(StripeEvent)
        .where(StripeEvent.id.in_(event_ids), _WAITING)
        .values(next_attempt_at=until)
    )


async def bury(
    transaction: Transaction, event_ids: Sequence[str], *, attempts: int, now: datetime
) -> list[str]:
    """Leave to a person those events that had so many attempts; their ids."""
    statement = (
        update(StripeEvent)
        .where(StripeEvent.id.in_(event_ids), _WAITING, StripeEvent.attempts >= attempts)
        .values(state=StripeEventState.DEAD, closed_at=now, next_attempt_at=None)
        .returning(StripeEvent.id)
    )
    return list((await transaction.session.execute(statement)).scalars())


async def lock_some_dead(transaction: Transaction, *, most: int) -> list[str]:
    """The ids of dead events, the oldest first, that nobody else is bringing back."""
    statement = (
        select(StripeEvent.id)
        .where(_DEAD)
        .order_by(StripeEvent.received_at, StripeEvent.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return list((await transaction.session.execute(statement)).scalars())


async def reopen(transaction: Transaction, event_ids: Sequence[str]) -> None:
    """Let events wait again, as if they had just arrived, with those that wait beside them."""
    customers = select(StripeEvent.stripe_customer_id).where(StripeEvent.id.in_(event_ids))
    await transaction.session.execute(
        update(StripeEvent)
        .where(_WAITING, StripeEvent.stripe_customer_id.in_(customers))
        .values(next_attempt_at=None)
    )
    await transaction.session.execute(
        update(StripeEvent)
        .where(StripeEvent.id.in_(event_ids))
        .values(state=StripeEventState.RECEIVED, attempts=0, next_attempt_at=None, closed_at=None)
    )


FORGET = deleting(
    StripeEvent.id,
    _ENDED_WELL,
    StripeEvent.closed_at < bindparam("until", type_=DateTime(timezone=True)),
    oldest_by=StripeEvent.closed_at,
)
"""Delete at most `:most` events that ended well before `:until`."""
