"""Members: reading them, and what a transaction looks up under the lock."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Text,
    Uuid,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased

from db.database import Transaction
from db.enums import DeactivationReason, MemberRole, MemberStatus
from db.models import Member, Seat, User
from db.models.base import words
from db.pages import PARENT, paged_for_each_parent
from db.statements import AnySelect, Statement, among


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """Which filters a page of members has: their presence is the shape, their values are not."""

    role: bool = False
    status: bool = False
    search: bool = False


def with_seat(
    statement: AnySelect, *, organization_id: ColumnElement[UUID], member_id: ColumnElement[UUID]
) -> AnySelect:
    """`statement` with the seat that each member holds, if any.

    Each is looked up by its index: without its values Postgres would plan a join of a page with
    all seats of the organization.
    """
    seat = (
        select(Seat.id, Seat.number, Seat.state, Seat.began_at)
        .where(
            Seat.organization_id == organization_id,
            Seat.member_id == member_id,
            Seat.ended_at.is_(None),
        )
        .limit(literal_column("1"))
        .correlate_except(Seat)
        .lateral("seat")
    )
    return statement.add_columns(
        seat.c.id.label("seat_id"),
        seat.c.number.label("seat_number"),
        seat.c.state.label("seat_state"),
        seat.c.began_at.label("seat_began_at"),
    ).outerjoin(seat, literal_column("true"))


def _viewed() -> AnySelect:
    """Members with user and seat."""
    found = select(
        Member.organization_id,
        Member.id,
        Member.role,
        Member.status,
        Member.deactivation_reason,
        Member.deactivated_at,
        Member.joined_at,
        Member.removed_at,
        User.id.label("user_id"),
        User.email,
        User.name,
    ).join(User, User.id == Member.user_id)
    return with_seat(
        found,
        organization_id=Member.organization_id.expression,
        member_id=Member.id.expression,
    )


def _conditions(filters: MemberFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.role:
        conditions.append(Member.role == bindparam("role", type_=words(MemberRole, name="role")))
    if filters.status:
        status = bindparam("status", type_=words(MemberStatus, name="status"))
        conditions.append(Member.status == status)
    if filters.search:
        conditions.append(_matches())
    return conditions


def _matches() -> ColumnElement[bool]:
    """Whether somebody's name or e-mail is like `:pattern`.

    A subquery of one row, which Postgres cannot turn into a join: it would look for the pattern
    among the people of all organizations, and a search has to cost what its organization costs.
    """
    pattern, person = bindparam("pattern", type_=Text), aliased(User)
    return (
        select(or_(person.name.ilike(pattern), person.email.ilike(pattern)))
        .where(person.id == Member.user_id)
        .correlate(Member)
        .scalar_subquery()
    )


def like_pattern(search: str) -> str:
    """The LIKE pattern for "contains `search`", its own wildcards taken literally."""
    escaped = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


@cache
def page(filters: MemberFilter, *, after: bool, descending: bool) -> Statement:
    """A page of members for each of `:parent_ids`, in the order of joining or its reverse."""
    inner = _viewed().where(
        Member.organization_id == PARENT, Member.removed_at.is_(None), *_conditions(filters)
    )
    order: list[ColumnElement[Any]] = [Member.joined_at.expression, Member.id.expression]
    return Statement(paged_for_each_parent(inner, order=order, after=after, descending=descending))


@cache
def count(filters: MemberFilter) -> Statement:
    """How many members each of `:parent_ids` has, by the same filters."""
    statement = (
        select(Member.organization_id, func.count().label("total"))
        .where(
            Member.organization_id == func.any(bindparam("parent_ids", type_=ARRAY(Uuid))),
            Member.removed_at.is_(None),
            *_conditions(filters),
        )
        .group_by(Member.organization_id)
    )
    return Statement(statement)


BY_IDS = Statement(
    _viewed().where(
        Member.organization_id == func.any(bindparam("organization_ids", type_=ARRAY(Uuid))),
        Member.id == func.any(bindparam("ids", type_=ARRAY(Uuid))),
    )
)
"""The members of `:ids`, former ones too; their organizations stand in `:organization_ids`."""

BY_USER = Statement(
    _viewed().where(
        Member.user_id == bindparam("user_id", type_=Uuid),
        Member.organization_id == func.any(bindparam("organization_ids", type_=ARRAY(Uuid))),
        Member.removed_at.is_(None),
    )
)
"""The memberships of `:user_id` in `:organization_ids`."""


async def get_of_user(
    transaction: Transaction, organization_id: UUID, user_id: UUID
) -> Member | None:
    """The membership of a user. Wants the lock."""
    return await _get(transaction, organization_id, Member.user_id == user_id)


async def get_by_email(
    transaction: Transaction, organization_id: UUID, *, email_key: str
) -> Member | None:
    """A member with this folded address; several users may share one. Wants the lock."""
    of_address = select(User.id).where(User.email_key == email_key)
    return await _get(transaction, organization_id, Member.user_id.in_(of_address))


async def _get(
    transaction: Transaction, organization_id: UUID, condition: ColumnElement[bool]
) -> Member | None:
    statement = (
        select(Member)
        .where(Member.organization_id == organization_id, Member.removed_at.is_(None), condition)
        .limit(1)
    )
    return (await transaction.session.execute(statement)).scalar_one_or_none()


async def list_active(transaction: Transaction, organization_id: UUID) -> list[Member]:
    """Everybody who occupies a seat. Only under the lock does the answer hold."""
    statement = select(Member).where(
        Member.organization_id == organization_id,
        Member.status == MemberStatus.ACTIVE,
        Member.removed_at.is_(None),
    )
    return list((await transaction.session.execute(statement)).scalars())


async def list_expired(transaction: Transaction, organization_id: UUID) -> list[Member]:
    """Whom an expiry locked out, and nothing else. Only under the lock does the answer hold."""
    statement = select(Member).where(
        Member.organization_id == organization_id,
        Member.deactivation_reason == DeactivationReason.SUBSCRIPTION_EXPIRED,
        Member.removed_at.is_(None),
    )
    return list((await transaction.session.execute(statement)).scalars())


async def write_many(
    transaction: Transaction, organization_id: UUID, member_ids: Collection[UUID], **columns: Any
) -> None:
    """The same into the rows of all these members, by one statement. Wants the lock."""
    if member_ids:
        await transaction.session.execute(
            update(Member)
            .where(Member.organization_id == organization_id, among(Member.id, member_ids))
            .values(columns)
        )


async def remove_all(transaction: Transaction, organization_id: UUID, *, now: datetime) -> None:
    """Nobody belongs to a deleted organization. Wants the lock."""
    await transaction.session.execute(
        update(Member)
        .where(Member.organization_id == organization_id, Member.removed_at.is_(None))
        .values(removed_at=now)
        .execution_options(synchronize_session=False)
    )
