"""The seats taken now: reading them, and the ledger rows that a transaction opens and closes."""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from itertools import count as count_from
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    Text,
    Uuid,
    bindparam,
    func,
    or_,
    select,
    update,
)

from db.database import Transaction
from db.enums import SeatBeginning, SeatEnding, SeatState
from db.models import Invitation, Member, Seat, User
from db.models.base import words
from db.organizations import NOW
from db.pages import PARENT, paged_for_each_parent
from db.statements import AnySelect, Statement


def _taken() -> ColumnElement[bool]:
    return Seat.ended_at.is_(None) & or_(Seat.expires_at.is_(None), Seat.expires_at > NOW)


def _viewed() -> AnySelect:
    return (
        select(
            Seat.organization_id,
            Seat.id,
            Seat.number,
            Seat.state,
            Seat.began_at,
            Seat.member_id,
            Member.role.label("member_role"),
            Member.status.label("member_status"),
            Member.deactivation_reason.label("member_deactivation_reason"),
            Member.deactivated_at.label("member_deactivated_at"),
            Member.joined_at.label("member_joined_at"),
            User.id.label("user_id"),
            User.email.label("user_email"),
            User.name.label("user_name"),
            Seat.invitation_id,
        )
        .outerjoin(
            Member,
            (Member.organization_id == Seat.organization_id) & (Member.id == Seat.member_id),
        )
        .outerjoin(User, User.id == Member.user_id)
    )


def _of_state(*, filtered: bool) -> list[ColumnElement[bool]]:
    state = bindparam("state", type_=words(SeatState, name="state"))
    return [Seat.state == state] if filtered else []


@cache
def page(*, of_state: bool, after: bool) -> Statement:
    """A page of the seats taken at `:now` for each of `:parent_ids`, by number."""
    inner = _viewed().where(Seat.organization_id == PARENT, _taken(), *_of_state(filtered=of_state))
    order: list[ColumnElement[Any]] = [Seat.number.expression]
    return Statement(paged_for_each_parent(inner, order=order, after=after))


@cache
def count(*, of_state: bool) -> Statement:
    """How many seats each of `:parent_ids` has taken at `:now`."""
    statement = (
        select(Seat.organization_id, func.count().label("total"))
        .where(
            Seat.organization_id == func.any(bindparam("parent_ids", type_=ARRAY(Uuid))),
            _taken(),
            *_of_state(filtered=of_state),
        )
        .group_by(Seat.organization_id)
    )
    return Statement(statement)


BY_IDS = Statement(
    _viewed().where(
        Seat.organization_id == func.any(bindparam("organization_ids", type_=ARRAY(Uuid))),
        Seat.id == func.any(bindparam("ids", type_=ARRAY(Uuid))),
        _taken(),
    )
)
"""The seats of `:ids` that are taken at `:now`."""


_ORGANIZATION = bindparam("of_organization", type_=Uuid)
CLOSING_EXPIRED = (
    update(Seat)
    .where(Seat.organization_id == _ORGANIZATION, Seat.ended_at.is_(None), Seat.expires_at <= NOW)
    .values(ended_at=Seat.expires_at, ended_reason=SeatEnding.INVITATION_EXPIRED)
)
"""Closes the reservations of `:of_organization` that have run out at `:now`, at their expiry."""
_CLOSE_EXPIRED = Statement(CLOSING_EXPIRED)
CLOSING_OF_MEMBER = (
    update(Seat)
    .where(Seat.organization_id == _ORGANIZATION, Seat.ended_at.is_(None))
    .where(Seat.member_id == bindparam("of_member", type_=Uuid))
    .values(
        ended_at=func.greatest(NOW, Seat.began_at), ended_reason=bindparam("reason", type_=Text)
    )
)
"""Closes the row of `:of_member`, for `:reason`: not before it began, by the clock of another
machine.
"""
_CLOSE_OF_MEMBER = Statement(CLOSING_OF_MEMBER)


async def close_expired(transaction: Transaction, organization_id: UUID, *, now: datetime) -> None:
    """Close the reservations that have run out, at their expiry (S4). Wants the lock."""
    await transaction.fetch(_CLOSE_EXPIRED, of_organization=organization_id, now=now)


async def close_of_member(
    transaction: Transaction,
    organization_id: UUID,
    *,
    member_id: UUID,
    reason: SeatEnding,
    now: datetime,
) -> None:
    """Close the row of a member, if there is an open one. Wants the lock."""
    await transaction.fetch(
        _CLOSE_OF_MEMBER,
        of_organization=organization_id,
        of_member=member_id,
        reason=reason,
        now=now,
    )


async def close_all(
    transaction: Transaction, organization_id: UUID, *, reason: SeatEnding, now: datetime
) -> None:
    """Close every open row. Wants the lock."""
    await _close(transaction, organization_id, reason=reason, now=now)


async def close_reserved(
    transaction: Transaction, organization_id: UUID, *, reason: SeatEnding, now: datetime
) -> None:
    """Close the rows that invitations hold. Wants the lock."""
    of_invitations = Seat.state == SeatState.RESERVED
    await _close(transaction, organization_id, of_invitations, reason=reason, now=now)


async def close_for_members(
    transaction: Transaction,
    organization_id: UUID,
    *,
    member_ids: Collection[UUID],
    reason: SeatEnding,
    now: datetime,
) -> None:
    """Close the seats that these members hold. Wants the lock."""
    of_members = Seat.member_id.in_(member_ids)
    await _close(transaction, organization_id, of_members, reason=reason, now=now)


async def _close(
    transaction: Transaction,
    organization_id: UUID,
    *which: ColumnElement[bool],
    reason: SeatEnding,
    now: datetime,
) -> None:
    await transaction.session.execute(
        update(Seat)
        .where(Seat.organization_id == organization_id, Seat.ended_at.is_(None), *which)
        .values(ended_at=func.greatest(now, Seat.began_at), ended_reason=reason)
        .execution_options(synchronize_session=False)
    )


async def get_of_invitation(
    transaction: Transaction, organization_id: UUID, invitation_id: UUID
) -> Seat | None:
    """The open row of an invitation. Wants the lock."""
    statement = _open(organization_id).where(Seat.invitation_id == invitation_id)
    return (await transaction.session.execute(statement)).scalar_one_or_none()


def _open(organization_id: UUID) -> Select[Seat]:
    return select(Seat).where(Seat.organization_id == organization_id, Seat.ended_at.is_(None))


async def count_taken(
    transaction: Transaction, organization_id: UUID, *, now: datetime
) -> tuple[int, int]:
    """(occupied, reserved) at `now`. Only under the lock does the answer hold."""
    statement = select(
        func.count().filter(Seat.state == SeatState.OCCUPIED),
        func.count().filter(Seat.state == SeatState.RESERVED, Seat.expires_at > now),
    ).where(Seat.organization_id == organization_id, Seat.ended_at.is_(None))
    occupied, reserved = (await transaction.session.execute(statement)).one()
    return occupied, reserved


async def lowest_free_number(transaction: Transaction, organization_id: UUID) -> int:
    """The lowest number that no open row holds. Wants the lock, and expired rows closed."""
    place = func.row_number().over(order_by=Seat.number)
    held = (
        select(Seat.number, place.label("place"))
        .where(Seat.organization_id == organization_id, Seat.ended_at.is_(None))
        .subquery()
    )
    first_gap = func.min(held.c.place).filter(held.c.place != held.c.number)
    statement = select(func.coalesce(first_gap, func.count() + 1)).select_from(held)
    number: int = (await transaction.session.execute(statement)).scalar_one()
    return number


async def occupy(
    transaction: Transaction,
    organization_id: UUID,
    *,
    member_id: UUID,
    reason: SeatBeginning,
    now: datetime,
    number: int | None = None,
) -> Seat:
    """Open a row for a member, with the lowest free number or the given one. Wants the lock."""
    seat = Seat(
        organization_id=organization_id,
        number=number or await lowest_free_number(transaction, organization_id),
        state=SeatState.OCCUPIED,
        member_id=member_id,
        began_at=now,
        began_reason=reason,
    )
    transaction.session.add(seat)
    return seat


async def occupy_many(
    transaction: Transaction,
    organization_id: UUID,
    *,
    member_ids: Collection[UUID],
    reason: SeatBeginning,
    now: datetime,
) -> None:
    """Open a row for each of the members, with the lowest free numbers. Wants the lock."""
    held = set(
        await transaction.session.scalars(_open(organization_id).with_only_columns(Seat.number))
    )
    free = (number for number in count_from(1) if number not in held)
    transaction.session.add_all(
        Seat(
            organization_id=organization_id,
            number=number,
            state=SeatState.OCCUPIED,
            member_id=member_id,
            began_at=now,
            began_reason=reason,
        )
        for member_id, number in zip(member_ids, free, strict=False)
    )
    await transaction.session.flush()


async def reserve(
    transaction: Transaction,
    invitation: Invitation,
    *,
    reason: SeatBeginning,
    now: datetime,
    number: int | None = None,
) -> Seat:
    """Open a row for an invitation, with the lowest free number or the given one."""
    organization_id = invitation.organization_id
    seat = Seat(
        organization_id=organization_id,
        number=number or await lowest_free_number(transaction, organization_id),
        state=SeatState.RESERVED,
        invitation_id=invitation.id,
        expires_at=invitation.expires_at,
        began_at=now,
        began_reason=reason,
    )
    transaction.session.add(seat)
    return seat
