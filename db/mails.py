"""The outbox of mails."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Uuid, bindparam, func, null, select, update
from sqlalchemy.dialects.postgresql import TIMESTAMP, insert

from db.database import Transaction
from db.enums import MailKind
from db.models import Mail
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

ERASE = Statement(
    update(Mail)
    .where(Mail.id == bindparam("id", type_=Uuid), _UNSENT)
    .values(sent_at=bindparam("now", type_=TIMESTAMP(timezone=True)), text=null(), html=null())
)
"""The mail of `:id` was sent at `:now` (real time): its words are forgotten."""


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


async def count_since(
    transaction: Transaction, organization_id: UUID, *, kind: MailKind, since: datetime
) -> tuple[int, datetime | None]:
    """How many mails of a kind were queued after `since` (real time), and when the first was."""
    statement = select(func.count(), func.min(Mail.queued_at)).where(
        Mail.organization_id == organization_id, Mail.kind == kind, Mail.queued_at > since
    )
    number, first = (await transaction.session.execute(statement)).one()
    return number, first
