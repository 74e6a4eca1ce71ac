"""Expiries that are due: who is next, and deactivating many organizations at once (B3).

`skip_locked` lets any number of sweeps run at the same time: each takes what no other one has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, true, update

from db.database import Transaction
from db.enums import DeactivationReason, MemberRole, MemberStatus, SeatEnding
from db.models import Member, Organization, Seat, Subscription
from db.organizations import NOW
from db.pages import paged
from db.statements import AnySelect, Statement, among


@dataclass(frozen=True, slots=True)
class Expiry:
    """A running expiry whose organization's row is locked."""

    organization_id: UUID
    subscription_id: UUID
    deactivates_at: datetime
    deleted: bool
    """Of a deleted organization: nobody is left to be told."""


def _due(moment: ColumnElement[datetime] | datetime) -> list[ColumnElement[bool]]:
    return [Subscription.deactivates_at <= moment, Subscription.deactivated_at.is_(None)]


def _loses_access() -> list[ColumnElement[bool]]:
    """Every member but the owner; who is deactivated already keeps their reason."""
    return [
        Member.role != MemberRole.OWNER,
        Member.status == MemberStatus.ACTIVE,
        Member.removed_at.is_(None),
    ]


def _due_list() -> AnySelect:
    people = (
        select(func.count().label("people"))
        .where(Member.organization_id == Subscription.organization_id, *_loses_access())
        .lateral("people")
    )
    return (
        select(
            Subscription.id,
            Subscription.organization_id,
            Organization.name,
            Subscription.ended_at,
            Subscription.deactivates_at,
            people.c.people,
        )
        .join(Organization, Organization.id == Subscription.organization_id)
        .join(people, true())
        .where(*_due(NOW), Organization.deleted_at.is_(None))
    )


def _due_page() -> Statement:
    order: list[ColumnElement[Any]] = [
        Subscription.deactivates_at.expression,
        Subscription.id.expression,
    ]
    return Statement(paged(_due_list(), order=order, after=True))


DUE_PAGE = _due_page()
"""What is due at `:now`, beyond (`:after_0`, `:after_1`), at most `:limit`."""

COUNT_DUE = Statement(select(func.count().label("total")).where(*_due(NOW)))
"""How many expiries are due at `:now`."""


async def lock_due(transaction: Transaction, *, now: datetime, limit: int) -> list[Expiry]:
    """The next that are due, locked; without those that others are working on."""
    statement = _locking(limit).where(*_due(now))
    return await _list(transaction, statement)


async def lock_near(
    transaction: Transaction, *, now: datetime, until: datetime, limit: int
) -> list[Expiry]:
    """Those that fall due between `now` and `until` and were not warned, locked."""
    statement = _locking(limit).where(
        Subscription.deactivates_at > now,
        Subscription.warned_at.is_(None),
        *_due(until),
    )
    return await _list(transaction, statement)


def _locking(limit: int) -> AnySelect:
    """Both rows: a sweep that came first has changed the subscription, a renewal too."""
    expiries: AnySelect = (
        select(
            Subscription.organization_id,
            Subscription.id,
            Subscription.deactivates_at,
            Organization.deleted_at.is_not(None),
        )
        .join(Organization, Organization.id == Subscription.organization_id)
        .order_by(Subscription.deactivates_at, Subscription.id)
        .limit(limit)
    )
    return expiries.with_for_update(
        of=[Organization, Subscription], key_share=True, skip_locked=True
    )


async def _list(transaction: Transaction, statement: AnySelect) -> list[Expiry]:
    rows = (await transaction.session.execute(statement)).all()
    return [Expiry(*row) for row in rows]


async def deactivate_members(
    transaction: Transaction, organization_ids: Sequence[UUID], *, now: datetime
) -> list[tuple[UUID, UUID]]:
    """Deactivate all but the owners, and close their seats; (organization, member) of each."""
    deactivated = (
        update(Member)
        .where(among(Member.organization_id, organization_ids), *_loses_access())
        .values(
            status=MemberStatus.DEACTIVATED,
            deactivation_reason=DeactivationReason.SUBSCRIPTION_EXPIRED,
            deactivated_at=now,
        )
        .returning(Member.organization_id, Member.id)
        .cte("deactivated")
    )
    closed = (
        update(Seat)
        .where(
            among(Seat.organization_id, organization_ids),
            Seat.ended_at.is_(None),
            Seat.organization_id == deactivated.c.organization_id,
            Seat.member_id == deactivated.c.id,
        )
        .values(
            ended_at=func.greatest(now, Seat.began_at),
            ended_reason=SeatEnding.SUBSCRIPTION_EXPIRED,
        )
        .cte("closed")
    )
    statement = select(deactivated.c.organization_id, deactivated.c.id).add_cte(closed)
    rows = await transaction.session.execute(statement, execution_options=_UNSEEN)
    return [(row[0], row[1]) for row in rows]


async def mark_deactivated(
    transaction: Transaction, expiries: Sequence[Expiry], *, now: datetime
) -> None:
    """These are done."""
    statement = update(Subscription).where(*_of(expiries)).values(deactivated_at=now)
    await transaction.session.execute(statement, execution_options=_UNSEEN)


async def mark_warned(
    transaction: Transaction, expiries: Sequence[Expiry], *, now: datetime
) -> None:
    """Of these the mail of the day before is written."""
    statement = update(Subscription).where(*_of(expiries)).values(warned_at=now)
    await transaction.session.execute(statement, execution_options=_UNSEEN)


_UNSEEN = {"synchronize_session": False}
"""A sweep's session holds none of the rows that it changes."""


def _of(expiries: Sequence[Expiry]) -> list[ColumnElement[bool]]:
    return [
        among(Subscription.organization_id, [one.organization_id for one in expiries]),
        among(Subscription.id, [one.subscription_id for one in expiries]),
    ]
