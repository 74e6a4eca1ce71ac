"""What a member who acts finds under the lock, read and written by compiled statements.

These are the rows that most changes look at: what the ORM does for each would be most of the time.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, or_, select, update

from db.database import Row, Transaction
from db.enums import DeactivationReason, MemberRole, MemberStatus, SeatEnding
from db.invitations import CLOSING_EXPIRED_INVITATIONS
from db.models import Member, Organization
from db.organizations import NOW
from db.seats import CLOSING_OF_MEMBER
from db.statements import Statement

_ORGANIZATION = bindparam("of_organization", type_=Uuid)
_MEMBER = bindparam("of_member", type_=Uuid)
_USER = bindparam("of_user", type_=Uuid)


@dataclass(frozen=True, slots=True)
class LockedOrganization:
    """An organization whose row is locked."""

    id: UUID
    name: str
    display_name: str
    stripe_customer_id: str | None


@dataclass(frozen=True, slots=True)
class CurrentMember:
    """Somebody who belongs to a locked organization."""

    id: UUID
    role: MemberRole
    status: MemberStatus
    deactivation_reason: DeactivationReason | None
    deactivated_at: datetime | None


_LOCK = Statement(
    select(
        Organization.id,
        Organization.name,
        Organization.display_name,
        Organization.stripe_customer_id,
    )
    .join(Member, Member.organization_id == Organization.id)
    .where(Organization.id == _ORGANIZATION, Organization.deleted_at.is_(None))
    .where(Member.user_id == _USER, Member.removed_at.is_(None))
    .with_for_update(of=Organization, key_share=True)
)
_MEMBERS = Statement(
    select(
        Member.user_id,
        Member.id,
        Member.role,
        Member.status,
        Member.deactivation_reason,
        Member.deactivated_at,
    )
    .where(Member.organization_id == _ORGANIZATION, Member.removed_at.is_(None))
    .where(or_(Member.user_id == _USER, Member.id == _MEMBER))
)
_ENDED = (
    update(Member)
    .where(Member.organization_id == _ORGANIZATION, Member.id == _MEMBER)
    .values(removed_at=NOW)
)
_END = Statement(
    CLOSING_EXPIRED_INVITATIONS.add_cte(_ENDED.cte("membership"), CLOSING_OF_MEMBER.cte("seat"))
)


async def lock(
    transaction: Transaction, organization_id: UUID, *, user_id: UUID, member_id: UUID | None
) -> tuple[LockedOrganization, CurrentMember, CurrentMember | None] | None:
    """Lock the organization's row in its member's name, then read the membership, and the member
    `member_id` if there is one who has not been removed.

    None: there is no such organization, or the caller is not in it. Members are read by a
    statement of its own: one that waits for the lock sees the other tables as they were before.
    """
    keys = {"of_organization": organization_id, "of_user": user_id}
    locked = await transaction.fetch_row(_LOCK, **keys)
    if locked is None:
        return None
    rows = await transaction.fetch(_MEMBERS, **keys, of_member=member_id)
    of_user = {row["user_id"]: _member(row) for row in rows}
    if (viewer := of_user.get(user_id)) is None:
        return None
    target = next((one for one in of_user.values() if one.id == member_id), None)
    return LockedOrganization(*locked), viewer, target


def _member(row: Row) -> CurrentMember:
    _, id_, role, status, reason, deactivated_at = row
    return CurrentMember(
        id_,
        MemberRole[role],
        MemberStatus[status],
        DeactivationReason[reason] if reason else None,
        deactivated_at,
    )


async def end_membership(
    transaction: Transaction,
    organization_id: UUID,
    member_id: UUID,
    *,
    reason: SeatEnding,
    now: datetime,
) -> list[tuple[UUID, datetime]]:
    """Remove a member and close the row of their seat, and what `invitations.close_expired` closes;
    its answer. Wants the lock.
    """
    rows = await transaction.fetch(
        _END, of_organization=organization_id, of_member=member_id, reason=reason, now=now
    )
    return [(row[0], row[1]) for row in rows]


async def change_member(
    transaction: Transaction, organization_id: UUID, member_id: UUID, **columns: Any
) -> None:
    """Give columns of a member other values. Wants the lock."""
    values = {f"new_{name}": value for name, value in columns.items()}
    await transaction.fetch(
        _change(frozenset(columns)), of_organization=organization_id, of_member=member_id, **values
    )


@cache
def _change(columns: frozenset[str]) -> Statement:
    table = Member.__table__
    given = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in sorted(columns)}
    return Statement(
        update(Member)
        .where(Member.organization_id == _ORGANIZATION, Member.id == _MEMBER)
        .values(given)
    )
