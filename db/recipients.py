"""Whom a mail about a subscription is for."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from db.database import Transaction
from db.enums import (
    DeactivationReason,
    MailKind,
    MemberRole,
    MemberStatus,
    SeatBeginning,
    SeatEnding,
)
from db.models import Member, Organization, Seat, Subscription, User


@dataclass(frozen=True, slots=True)
class Recipient:
    """A member with an address."""

    member_id: UUID
    email: str


async def get_occasion(
    transaction: Transaction, organization_id: UUID, subscription_id: UUID
) -> tuple[Organization, Subscription] | None:
    """What a mail speaks of; None when that subscription is no longer mirrored."""
    statement = (
        select(Organization, Subscription)
        .join(Subscription, Subscription.organization_id == Organization.id)
        .where(Organization.id == organization_id, Subscription.id == subscription_id)
    )
    row = (await transaction.session.execute(statement)).one_or_none()
    return (row[0], row[1]) if row else None


async def list_managers(transaction: Transaction, organization_id: UUID) -> list[Recipient]:
    """The owner and the admins, those too whom an expiry locked out."""
    return await _list(
        transaction,
        Member.organization_id == organization_id,
        Member.role.in_([MemberRole.OWNER, MemberRole.ADMIN]),
        Member.removed_at.is_(None),
        or_(
            Member.status == MemberStatus.ACTIVE,
            Member.deactivation_reason == DeactivationReason.SUBSCRIPTION_EXPIRED,
        ),
    )


async def list_concerned(
    transaction: Transaction, organization_id: UUID, *, kind: MailKind, since: datetime
) -> list[Recipient]:
    """Who lost their seat by an expiry, or got it back by a renewal, at `since`: the ledger says.

    Nobody, for a mail of another kind.
    """
    changes: dict[MailKind, ColumnElement[bool]] = {
        MailKind.ORGANIZATION_DEACTIVATED: and_(
            Seat.ended_reason == SeatEnding.SUBSCRIPTION_EXPIRED, Seat.ended_at >= since
        ),
        MailKind.ORGANIZATION_RESTORED: and_(
            Seat.began_reason == SeatBeginning.SUBSCRIPTION_RENEWED, Seat.began_at >= since
        ),
    }
    if kind not in changes:
        return []
    holders = select(Seat.member_id).where(Seat.organization_id == organization_id, changes[kind])
    return await _list(
        transaction,
        Member.organization_id == organization_id,
        Member.id.in_(holders),
        Member.removed_at.is_(None),
    )


async def _list(transaction: Transaction, *conditions: ColumnElement[bool]) -> list[Recipient]:
    statement = (
        select(Member.id, User.email)
        .join(User, User.id == Member.user_id)
        .where(*conditions)
        .order_by(Member.joined_at, Member.id)
    )
    rows = (await transaction.session.execute(statement)).all()
    return [Recipient(member_id, email) for member_id, email in rows if email]
