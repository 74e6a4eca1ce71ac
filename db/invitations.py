"""Invitations: reading them, and what a transaction looks up and closes under the lock."""

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, bindparam, case, func, select, update

from db.database import Transaction
from db.enums import InvitationStatus
from db.models import Invitation, Member, Organization, Seat, User
from db.models.base import words
from db.organizations import NOW
from db.pages import PARENT, paged_for_each_parent
from db.seats import CLOSING_EXPIRED
from db.statements import AnySelect, Statement

_STATUS_TYPE = words(InvitationStatus, name="status")


def _status() -> ColumnElement[InvitationStatus]:
    """As it stands at `:now`: nobody has to close an expired invitation for it to be one."""
    ran_out = (Invitation.status == InvitationStatus.PENDING) & (Invitation.expires_at <= NOW)
    expired = bindparam("expired", InvitationStatus.EXPIRED, type_=_STATUS_TYPE)
    return case((ran_out, expired), else_=Invitation.status)


def _viewed() -> AnySelect:
    return (
        select(
            Invitation.organization_id,
            Invitation.id,
            Invitation.email,
            Invitation.role,
            _status().label("status"),
            Invitation.created_at,
            Invitation.sent_at,
            Invitation.expires_at,
            Invitation.delivery_failure,
            Organization.name.label("organization_name"),
            Organization.display_name.label("organization_display_name"),
            User.id.label("user_id"),
            User.email.label("user_email"),
            User.name.label("user_name"),
        )
        .join(Organization, Organization.id == Invitation.organization_id)
        .join(
            Member,
            (Member.organization_id == Invitation.organization_id)
            & (Member.id == Invitation.invited_by),
        )
        .join(User, User.id == Member.user_id)
    )


def _of_status(*, filtered: bool) -> list[ColumnElement[bool]]:
    return [_status() == bindparam("status", type_=_STATUS_TYPE)] if filtered else []


@cache
def page(*, of_status: bool, after: bool) -> Statement:
    """A page of the invitations of each of `:parent_ids`, newest first."""
    inner = _viewed().where(Invitation.organization_id == PARENT, *_of_status(filtered=of_status))
    order: list[ColumnElement[Any]] = [
        Invitation.created_at.expression,
        Invitation.id.expression,
    ]
    return Statement(paged_for_each_parent(inner, order=order, after=after, descending=True))


@cache
def count(*, of_status: bool) -> Statement:
    """How many invitations each of `:parent_ids` has, by the same filter."""
    statement = (
        select(Invitation.organization_id, func.count().label("total"))
        .where(
            Invitation.organization_id == func.any(bindparam("parent_ids", type_=ARRAY(Uuid))),
            *_of_status(filtered=of_status),
        )
        .group_by(Invitation.organization_id)
    )
    return Statement(statement)


BY_IDS = Statement(
    _viewed().where(
        Invitation.organization_id == func.any(bindparam("organization_ids", type_=ARRAY(Uuid))),
        Invitation.id == func.any(bindparam("ids", type_=ARRAY(Uuid))),
    )
)
"""The invitations of `:ids`; their organizations stand in `:organization_ids`."""

BY_TOKEN = Statement(
    _viewed().where(
        Invitation.token_hash == bindparam("token_hash"), Organization.deleted_at.is_(None)
    )
)
"""The invitation whose last mail bore the token of this hash."""


async def find_organization(transaction: Transaction, *, token_hash: str) -> UUID | None:
    """Whose invitation a token is of; it may change until the organization is locked."""
    statement = select(Invitation.organization_id).where(Invitation.token_hash == token_hash)
    return (await transaction.session.execute(statement)).scalar_one_or_none()


async def get_by_token(
    transaction: Transaction, organization_id: UUID, *, token_hash: str
) -> Invitation | None:
    """The invitation of a token. Wants the lock."""
    statement = select(Invitation).where(
        Invitation.organization_id == organization_id, Invitation.token_hash == token_hash
    )
    return (await transaction.session.execute(statement)).scalar_one_or_none()


async def get(
    transaction: Transaction, organization_id: UUID, invitation_id: UUID
) -> Invitation | None:
    """An invitation. Wants the lock."""
    return await transaction.session.get(Invitation, (organization_id, invitation_id))


async def get_pending(
    transaction: Transaction, organization_id: UUID, *, email_key: str
) -> Invitation | None:
    """The open invitation of a folded address. Wants the lock, and expired ones closed."""
    statement = select(Invitation).where(
        Invitation.organization_id == organization_id,
        Invitation.email_key == email_key,
        Invitation.status == InvitationStatus.PENDING,
    )
    return (await transaction.session.execute(statement)).scalar_one_or_none()


async def list_without_seat(transaction: Transaction, organization_id: UUID) -> list[Invitation]:
    """Open invitations that reserve nothing, oldest first. Wants the lock, expired ones closed."""
    reserving = select(Seat.id).where(
        Seat.organization_id == Invitation.organization_id,
        Seat.invitation_id == Invitation.id,
        Seat.ended_at.is_(None),
    )
    statement = (
        select(Invitation)
        .where(
            Invitation.organization_id == organization_id,
            Invitation.status == InvitationStatus.PENDING,
            ~reserving.exists(),
        )
        .order_by(Invitation.created_at, Invitation.id)
    )
    return list((await transaction.session.execute(statement)).scalars())


CLOSING_EXPIRED_INVITATIONS = (
    update(Invitation)
    .where(
        Invitation.organization_id == bindparam("of_organization", type_=Uuid),
        Invitation.status == InvitationStatus.PENDING,
        Invitation.expires_at <= NOW,
    )
    .values(status=InvitationStatus.EXPIRED, closed_at=Invitation.expires_at)
    .returning(Invitation.id, Invitation.expires_at)
    .add_cte(CLOSING_EXPIRED.cte("reservations"))
)
"""Closes what has run out in `:of_organization` at `:now`, with the reservations."""
_CLOSE_EXPIRED = Statement(CLOSING_EXPIRED_INVITATIONS)


async def close_expired(
    transaction: Transaction, organization_id: UUID, *, now: datetime
) -> list[tuple[UUID, datetime]]:
    """Write down which invitations have run out, and their reservations as ended then (S4): the
    invitations' ids and expiries. Wants the lock.
    """
    rows = await transaction.fetch(_CLOSE_EXPIRED, of_organization=organization_id, now=now)
    return [(row[0], row[1]) for row in rows]


async def cancel_all(transaction: Transaction, organization_id: UUID, *, now: datetime) -> None:
    """Take back what is open. Wants the lock, and expired ones closed."""
    await transaction.session.execute(
        update(Invitation)
        .where(
            Invitation.organization_id == organization_id,
            Invitation.status == InvitationStatus.PENDING,
        )
        .values(status=InvitationStatus.CANCELLED, closed_at=now)
        .execution_options(synchronize_session=False)
    )


async def fail_delivery(
    transaction: Transaction,
    organization_id: UUID,
    invitation_id: UUID,
    *,
    sent_at: datetime,
    reason: str,
) -> None:
    """Write down why the mail of the sending at `sent_at` will not arrive. A later one goes on."""
    await transaction.session.execute(
        update(Invitation)
        .where(
            Invitation.organization_id == organization_id,
            Invitation.id == invitation_id,
            Invitation.sent_at == sent_at,
        )
        .values(delivery_failure=reason)
        .execution_options(synchronize_session=False)
    )
