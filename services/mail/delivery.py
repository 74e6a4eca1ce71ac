"""Sending mails by SMTP, and looking at those that are kept because there is no SMTP server."""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib
import structlog

from db import mails
from db.database import Database, Row
from services.clock import real_now
from services.mail.settings import MailSettings, port_of

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 30
PERMANENT = range(500, 600)
"""SMTP replies that the same mail would get again (RFC 5321, section 4.2.1)."""


@dataclass(frozen=True, slots=True)
class MailView:
    """A mail that was not sent, or not yet."""

    id: UUID
    recipient: str
    message_id: str
    subject: str
    text: str
    html: str
    queued_at: datetime


class MailService:
    """Sends what the outbox holds. A retry bears the same Message-ID, by which mailboxes know."""

    def __init__(self, database: Database, settings: MailSettings) -> None:
        self._database = database
        self._settings = settings

    async def send(self, mail_id: UUID) -> None:
        """Send a mail, unless it was sent; without an SMTP server it stays where it is.

        Raises `aiosmtplib.SMTPException` or `OSError` to be tried again; a mail that the server
        takes for nobody is logged and left.
        """
        mail = await self.get(mail_id)
        if mail is None or self._settings.smtp_url is None:
            return
        try:
            await self._deliver(mail, smtp_url=self._settings.smtp_url)
        except aiosmtplib.SMTPRecipientsRefused as error:
            if any(one.code not in PERMANENT for one in error.recipients):
                raise
            log.warning("mail.refused", mail_id=str(mail_id), reason=str(error))
        else:
            async with self._database.begin() as transaction:
                await mails.erase_sent(transaction, mail_id, now=real_now())

    async def get(self, mail_id: UUID) -> MailView | None:
        """A mail that was not sent."""
        row = await self._database.fetch_row(mails.BY_ID, id=mail_id)
        return _view(row) if row else None

    async def list_kept(self, *, limit: int = 100) -> list[MailView]:
        """The newest mails that were not sent."""
        return [_view(row) for row in await self._database.fetch(mails.LATEST, limit=limit)]

    async def _deliver(self, mail: MailView, *, smtp_url: str) -> None:
        server = urlsplit(smtp_url)
        await aiosmtplib.send(
            self._message(mail),
            hostname=server.hostname,
            port=port_of(server),
            username=unquote(server.username) if server.username else None,
            password=unquote(server.password) if server.password else None,
            use_tls=server.scheme == "smtps",
            timeout=TIMEOUT_SECONDS,
        )

    def _message(self, mail: MailView) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["From"] = self._settings.sender
        message["To"] = mail.recipient
        message["Subject"] = mail.subject
        message["Date"] = mail.queued_at
        message["Message-ID"] = mail.message_id
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notes, please
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        return message


def _view(row: Row) -> MailView:
    return MailView(
        row["id"],
        row["recipient"],
        row["message_id"],
        row["subject"],
        row["text"],
        row["html"],
        row["queued_at"],
    )
