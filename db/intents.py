"""Intents: reading them under the organization's lock."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select

from db.database import Transaction
from db.enums import IntentKind, IntentStatus
from db.models import Intent
from db.statements import written_out


def add(
    transaction: Transaction,
    organization_id: UUID,
    *,
    intent_id: UUID,
    kind: IntentKind,
    parameters: dict[str, Any],
    created_by: UUID | None,
    now: datetime,
    attempted_at: datetime,
) -> Intent:
    """Write an intent down. Wants the organization's lock; `attempted_at` is real time."""
    intent = Intent(
        organization_id=organization_id,
        id=intent_id,
        kind=kind,
        status=IntentStatus.OPEN,
        parameters=parameters,
        attempt=1,
        created_by=created_by,
        created_at=now,
        attempted_at=attempted_at,
    )
    transaction.session.add(intent)
    return intent


async def get_open(
    transaction: Transaction, organization_id: UUID, *, kinds: Collection[IntentKind]
) -> Intent | None:
    """The oldest open intent of these kinds."""
    statement = (
        select(Intent)
        .where(
            Intent.organization_id == organization_id,
            Intent.kind.in_(kinds),
            Intent.status == IntentStatus.OPEN,
        )
        .order_by(Intent.id)
        .limit(1)
    )
    return (await transaction.session.execute(statement)).scalar_one_or_none()


async def get(transaction: Transaction, organization_id: UUID, intent_id: UUID) -> Intent:
    """An intent of ours as it stands now."""
    intent = await find(transaction, organization_id, intent_id)
    assert intent is not None, "intents are never deleted"
    return intent


async def find(transaction: Transaction, organization_id: UUID, intent_id: UUID) -> Intent | None:
    """An intent that something at Stripe names; None: a restored backup may lack it."""
    return await transaction.session.get(
        Intent, (organization_id, intent_id), populate_existing=True
    )


async def list_left_open(transaction: Transaction, *, before: datetime, limit: int) -> list[Intent]:
    """Intents whose last attempt began before `before` (real time): their caller is gone."""
    statement = (
        select(Intent)
        .where(Intent.status == written_out(IntentStatus.OPEN), Intent.attempted_at < before)
        .order_by(Intent.attempted_at)
        .limit(limit)
    )
    return list((await transaction.session.execute(statement)).scalars())


async def was_done(
    transaction: Transaction, organization_id: UUID, *, kind: IntentKind, subscription_id: str
) -> bool:
    """Whether a write of this kind has been done to a subscription of Stripe's."""
    statement = select(
        exists().where(
            Intent.organization_id == organization_id,
            Intent.kind == kind,
            Intent.status == IntentStatus.SUCCEEDED,
            Intent.parameters["subscription_id"].astext == subscription_id,
        )
    )
    return bool((await transaction.session.execute(statement)).scalar_one())
