"""The outbox: a mail exists if, and only if, the change that it tells of commits."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from db import mails
from db.database import Transaction
from db.enums import MailKind
from db.ids import new_id
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
        """One mail per `cause` and `recipient`; one that is written stays as it is."""
        mail_id, words = new_id(), render(kind, **values)
        is_new = await mails.add(
            transaction,
            {
                "organization_id": organization_id,
                "id": mail_id,
                "kind": kind,
                "cause": cause,
                "recipient": recipient,
                "message_id": f"<{mail_id}@{self._settings.domain}>",
                "subject": words.subject,
                "text": words.text,
                "html": words.html,
                "queued_at": real_now(),
            },
        )
        if is_new:
            await transaction.enqueue(SEND_MAIL, {"mail_id": str(mail_id)})

    def organization_link(self, name: str) -> str:
        """The page of an organization, where its plan is chosen and its invoices are."""
        return self._settings.organization_url.replace("{name}", name)

    def invitation_link(self, token: str) -> str:
        """Where an invited person goes."""
        return self._settings.invitation_url.replace("{token}", token)
