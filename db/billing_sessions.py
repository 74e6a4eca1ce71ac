"""Billing sessions: reading them, and the open checkout under the lock."""

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, bindparam, func, select

from db.database import Transaction
from db.enums import BillingSessionKind, BillingSessionStatus
from db.models import BillingSession, User
from db.pages import PARENT, paged_for_each_parent
from db.statements import AnySelect, Statement


def _viewed() -> AnySelect:
    return select(
        BillingSession.organization_id,
        BillingSession.id,
        BillingSession.kind,
        BillingSession.status,
        BillingSession.url,
        BillingSession.created_at,
        BillingSession.expires_at,
        User.id.label("user_id"),
        User.email.label("user_email"),
        User.name.label("user_name"),
    ).outerjoin(User, User.id == BillingSession.created_by)


@cache
def page(*, after: bool) -> Statement:
    """A page of the sessions of each of `:parent_ids`, newest first."""
    inner = _viewed().where(BillingSession.organization_id == PARENT)
    order: list[ColumnElement[Any]] = [
        BillingSession.created_at.expression,
        BillingSession.id.expression,
    ]
    return Statement(paged_for_each_parent(inner, order=order, after=after, descending=True))


COUNT = Statement(
    select(BillingSession.organization_id, func.count().label("total"))
    .where(BillingSession.organization_id == func.any(bindparam("parent_ids", type_=ARRAY(Uuid))))
    .group_by(BillingSession.organization_id)
)
"""How many sessions each of `:parent_ids` has had."""

BY_IDS = Statement(
    _viewed().where(
        BillingSession.organization_id
        == func.any(bindparam("organization_ids", type_=ARRAY(Uuid))),
        BillingSession.id == func.any(bindparam("ids", type_=ARRAY(Uuid))),
    )
)
"""The sessions of `:ids`; their organizations stand in `:organization_ids`."""


async def get_open_checkout(
    transaction: Transaction, organization_id: UUID
) -> BillingSession | None:
    """The checkout that has neither been paid nor expired, as far as we know (B5)."""
    statement = select(BillingSession).where(
        BillingSession.organization_id == organization_id,
        BillingSession.kind == BillingSessionKind.CHECKOUT,
        BillingSession.status == BillingSessionStatus.OPEN,
    )
    return (await transaction.session.execute(statement)).scalar_one_or_none()


async def get(
    transaction: Transaction, organization_id: UUID, session_id: UUID
) -> BillingSession | None:
    """The session of this id."""
    return await transaction.session.get(BillingSession, (organization_id, session_id))


async def list_open(transaction: Transaction, organization_id: UUID) -> list[BillingSession]:
    """Every visit that is not over, as far as we know."""
    statement = select(BillingSession).where(
        BillingSession.organization_id == organization_id,
        BillingSession.status == BillingSessionStatus.OPEN,
    )
    return list((await transaction.session.execute(statement)).scalars())


async def list_open_payments(
    transaction: Transaction, organization_id: UUID
) -> list[BillingSession]:
    """The payments that somebody has yet to finish."""
    statement = select(BillingSession).where(
        BillingSession.organization_id == organization_id,
        BillingSession.kind == BillingSessionKind.PAYMENT,
        BillingSession.status == BillingSessionStatus.OPEN,
    )
    return list((await transaction.session.execute(statement)).scalars())


async def get_open_payment(
    transaction: Transaction, organization_id: UUID, intent_id: UUID
) -> BillingSession | None:
    """The payment that a change waits for; the change's intent gave it its id."""
    session = await get(transaction, organization_id, intent_id)
    return session if session and session.status is BillingSessionStatus.OPEN else None
