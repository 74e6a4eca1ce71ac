"""The outbox: a mail exists if, and only if, the change that it tells of commits."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from db.database import Transaction
from db.enums import MailKind
from db.ids import new_id
from db.models import Mail
from services.clock import real_now
from services.jobs import SEND_MAIL
from services.mail.rendering import render
from services.mail.settings import MailSettings


class Outbox:
    """Writes mails, and the jobs that send them."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings

    async def write(
        self,
        transaction: Transaction,
        organization_id: UUID,
        *,
        kind: MailKind,
        cause: str,
        recipient: str,
        values: Mapping[str, Any],
    ) -> None:
        """One mail per `cause` and `recipient`: a second one is refused by the database."""
        mail_id, words = new_id(), render(kind, **values)
        transaction.session.add(
            Mail(
                organization_id=organization_id,
                id=mail_id,
                kind=kind,
                cause=cause,
                recipient=recipient,
                message_id=f"<{mail_id}@{self._settings.domain}>",
                subject=words.subject,
                text=words.text,
                html=words.html,
                queued_at=real_now(),
            )
        )
        await transaction.enqueue(SEND_MAIL, {"mail_id": str(mail_id)})

    def invitation_link(self, token: str) -> str:
        """Where an invited person goes."""
        return self._settings.invitation_url.replace("{token}", token)
