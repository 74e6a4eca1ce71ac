"""The outbox of mails."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Integer,
    Text,
    Uuid,
    bindparam,
    func,
    null,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP, insert

from db.database import Transaction
from db.enums import MailKind
from db.models import Mail, Organization
from db.statements import Statement

_VIEWED = select(
    Mail.organization_id,
    Mail.id,
    Mail.kind,
    Mail.recipient,
    Mail.message_id,
    Mail.subject,
    Mail.text,
    Mail.html,
    Mail.queued_at,
)

_UNSENT = Mail.text.is_not(None)

LATEST = Statement(
    _VIEWED.where(_UNSENT).order_by(Mail.id.desc()).limit(bindparam("limit", type_=Integer))
)
"""The newest mails that were not sent, at most `:limit`: in development that is all of them."""

BY_ID = Statement(_VIEWED.where(Mail.id == bindparam("id", type_=Uuid), _UNSENT))
"""The mail of `:id`, unless it was sent."""

_LIMIT = bindparam("limit", type_=Integer)
_LISTED = select(
    Organization.name.label("organization_name"),
    Mail.kind,
    Mail.recipient,
    Mail.queued_at,
    Mail.failed_at,
    Mail.failure,
).join(Organization, Organization.id == Mail.organization_id)

WAITING = Statement(_LISTED.where(_UNSENT).order_by(Mail.id.desc()).limit(_LIMIT))
"""The newest mails that wait to be sent, without their words."""

FAILED = Statement(
    _LISTED.where(Mail.failed_at.is_not(None)).order_by(Mail.failed_at.desc()).limit(_LIMIT)
)
"""The mails that were given up last."""

_NOW = bindparam("now", type_=TIMESTAMP(timezone=True))
_ERASED = (
    update(Mail)
    .where(Mail.id == bindparam("id", type_=Uuid), _UNSENT)
    .values(text=null(), html=null())
)

ERASE = Statement(_ERASED.values(sent_at=_NOW))
"""The mail of `:id` was sent at `:now` (real time): its words are forgotten."""

ERASE_FAILED = Statement(
    _ERASED.values(failed_at=_NOW, failure=bindparam("reason", type_=Text)).returning(Mail.cause)
)
"""The mail of `:id` was given up at `:now` (real time) for `:reason`: its words are forgotten."""


def cause_of_invitation(invitation_id: UUID, sent_at: datetime) -> str:
    """The cause of an invitation's mail: each sending has its own."""
    return f"invitation:{invitation_id}:{sent_at.isoformat()}"


def sending_of(cause: str) -> tuple[UUID, datetime]:
    """The invitation, and when it was sent, of a mail with such a cause."""
    _, invitation_id, sent_at = cause.split(":", 2)
    return UUID(invitation_id), datetime.fromisoformat(sent_at)


async def add(transaction: Transaction, values: dict[str, Any]) -> bool:
    """Put a mail into the outbox; false when its cause and recipient have one already."""
    statement = (
        insert(Mail)
        .values(values)
        .on_conflict_do_nothing(index_elements=[Mail.organization_id, Mail.cause, Mail.recipient])
        .returning(Mail.id)
    )
    return (await transaction.session.execute(statement)).scalar_one_or_none() is not None


async def erase_sent(transaction: Transaction, mail_id: UUID, *, now: datetime) -> None:
    """Write down that a mail was sent, and forget its words."""
    await transaction.fetch(ERASE, id=mail_id, now=now)


async def erase_failed(
    transaction: Transaction, mail_id: UUID, *, now: datetime, reason: str
) -> str | None:
    """Write down that a mail was given up, and forget its words; its cause, or None when it had
    been sent or given up before.
    """
    row = await transaction.fetch_row(ERASE_FAILED, id=mail_id, now=now, reason=reason)
    return row["cause"] if row else None


async def count_since(
    transaction: Transaction, organization_id: UUID, *, kind: MailKind, since: datetime
) -> tuple[int, datetime | None]:
    """How many mails of a kind were queued after `since` (real time), and when the first was."""
    statement = select(func.count(), func.min(Mail.queued_at)).where(
        Mail.organization_id == organization_id, Mail.kind == kind, Mail.queued_at > since
    )
    number, first = (await transaction.session.execute(statement)).one()
    return number, first
