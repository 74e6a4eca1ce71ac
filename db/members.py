"""Reading members."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Text,
    Uuid,
    bindparam,
    func,
    or_,
    select,
)

from db.enums import MemberRole, MemberStatus
from db.models import Member, Seat, User
from db.models.base import words
from db.pages import PARENT, paged_for_each_parent
from db.statements import AnySelect, Statement


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """Which filters a page of members has: their presence is the shape, their values are not."""

    role: bool = False
    status: bool = False
    search: bool = False


def _viewed() -> AnySelect:
    return (
        select(
            Member.organization_id,
            Member.id,
            Member.role,
            Member.status,
            Member.deactivation_reason,
            Member.deactivated_at,
            Member.joined_at,
            User.id.label("user_id"),
            User.email,
            User.name,
            Seat.id.label("seat_id"),
            Seat.number.label("seat_number"),
            Seat.state.label("seat_state"),
            Seat.began_at.label("seat_began_at"),
        )
        .join(User, User.id == Member.user_id)
        .outerjoin(
            Seat,
            (Seat.organization_id == Member.organization_id)
            & (Seat.member_id == Member.id)
            & Seat.ended_at.is_(None),
        )
        .where(Member.removed_at.is_(None))
    )


def _conditions(filters: MemberFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.role:
        conditions.append(Member.role == bindparam("role", type_=words(MemberRole, name="role")))
    if filters.status:
        status = bindparam("status", type_=words(MemberStatus, name="status"))
        conditions.append(Member.status == status)
    if filters.search:
        pattern = bindparam("pattern", type_=Text)
        conditions.append(or_(User.name.ilike(pattern), User.email.ilike(pattern)))
    return conditions


def like_pattern(search: str) -> str:
    """The LIKE pattern for "contains `search`", its own wildcards taken literally."""
    escaped = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


@cache
def page(filters: MemberFilter, *, after: bool) -> Statement:
    """A page of members for each of `:parent_ids`, in the order of joining."""
    inner = _viewed().where(Member.organization_id == PARENT, *_conditions(filters))
    order: list[ColumnElement[Any]] = [Member.joined_at.expression, Member.id.expression]
    return Statement(paged_for_each_parent(inner, order=order, after=after))


@cache
def count(filters: MemberFilter) -> Statement:
    """How many members each of `:parent_ids` has, by the same filters."""
    statement = (
        select(Member.organization_id, func.count().label("total"))
        .join(User, User.id == Member.user_id)
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
"""The members of `:ids`; their organizations stand in `:organization_ids`."""

BY_USER = Statement(
    _viewed().where(
        Member.user_id == bindparam("user_id", type_=Uuid),
        Member.organization_id == func.any(bindparam("organization_ids", type_=ARRAY(Uuid))),
    )
)
"""The memberships of `:user_id` in `:organization_ids`."""
