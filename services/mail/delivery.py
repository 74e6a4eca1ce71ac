"""Sending mails by SMTP, and looking at those that were not sent: kept, for want of an SMTP server,
waiting for one that answers, or given up.
"""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib
import structlog

from db import invitations, mails
from db.database import Database, Row
from db.enums import MailKind
from services import audit
from services.actors import SYSTEM
from services.clock import Clock, real_now
from services.mail.refusals import refusal_of, without_recipient
from services.mail.settings import MailSettings, port_of

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 30
GIVEN_UP = "No mail server took it within hours."
"""What is said of a mail whose last attempt failed: why stands in the log, and may tell of us."""


@dataclass(frozen=True, slots=True)
class MailView:
    """A mail that was not sent, or not yet."""

    organization_id: UUID
    id: UUID
    kind: str
    """A `MailKind`; during an upgrade maybe one that only newer processes know."""
    recipient: str
    message_id: str
    subject: str
    text: str
    html: str
    queued_at: datetime


@dataclass(frozen=True, slots=True)
class UnsentMailView:
    """How a mail stands that waits, or was given up, for operators: without its words."""

    organization_name: str
    kind: MailKind
    recipient: str
    queued_at: datetime
    failed_at: datetime | None
    failure: str | None


class MailNotTakenError(Exception):
    """No mail server took a mail this time. It tells no address, since the queue logs it."""


class MailService:
    """Sends what the outbox holds. A retry bears the same Message-ID, by which mailboxes know."""

    def __init__(self, database: Database, clock: Clock, settings: MailSettings) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings

    async def send(self, mail_id: UUID, *, is_last_attempt: bool = False) -> None:
        """Send a mail, unless it was sent; without an SMTP server it stays where it is.

        Raises `MailNotTakenError` to be tried again. A mail that the server
        refuses for good, or did not take at the last attempt, is given up: its words are forgotten.
        """
        mail = await self.get(mail_id)
        if mail is None or self._settings.smtp_url is None:
            return
        try:
            await self._deliver(mail, smtp_url=self._settings.smtp_url)
        except Exception as error:
            if await self._gives_up(mail, error, is_last_attempt=is_last_attempt):
                return
            if isinstance(error, aiosmtplib.SMTPException | OSError):
                said = without_recipient(repr(error), mail.recipient)
                raise MailNotTakenError(said) from None
            raise
        async with self._database.begin() as transaction:
            await mails.erase_sent(transaction, mail_id, now=real_now())

    async def _gives_up(self, mail: MailView, error: Exception, *, is_last_attempt: bool) -> bool:
        """Say what helps against a refusal; whether the mail was given up for it."""
        refusal = refusal_of(error, recipient=mail.recipient)
        if refusal is not None:
            log.warning(
                "mail.refused",
                mail_id=str(mail.id),
                kind=mail.kind,
                why=refusal.reason,
                remedy=refusal.remedy,
                will_be_tried_again=not (refusal.is_final or is_last_attempt),
            )
            if refusal.is_final:
                await self._give_up(mail, reason=refusal.reason)
                return True
        if is_last_attempt:
            log.warning("mail.given_up", mail_id=str(mail.id), kind=mail.kind)
            await self._give_up(mail, reason=GIVEN_UP)
        return is_last_attempt

    async def _give_up(self, mail: MailView, *, reason: str) -> None:
        """Write down that a mail will not be sent; whoever sent an invitation is told."""
        async with self._database.begin() as transaction:
            cause = await mails.erase_failed(transaction, mail.id, now=real_now(), reason=reason)
            if cause is None or mail.kind != MailKind.INVITATION:
                return
            invitation_id, sent_at = mails.sending_of(cause)
            await invitations.fail_delivery(
                transaction, mail.organization_id, invitation_id, sent_at=sent_at, reason=reason
            )
            audit.record(
                transaction,
                mail.organization_id,
                actor=SYSTEM,
                action="invitation.undelivered",
                target=("Invitation", invitation_id),
                at=self._clock.now(),
                after={"email": mail.recipient, "reason": reason},
            )
            transaction.announce(mail.organization_id, "INVITATIONS")

    async def get(self, mail_id: UUID) -> MailView | None:
        """A mail that was not sent."""
        row = await self._database.fetch_row(mails.BY_ID, id=mail_id)
        return _view(row) if row else None

    async def list_kept(self, *, limit: int = 100) -> list[MailView]:
        """The newest mails that were not sent."""
        return [_view(row) for row in await self._database.fetch(mails.LATEST, limit=limit)]

    async def list_unsent(self, *, waiting: bool, limit: int) -> list[UnsentMailView]:
        """The newest mails that wait, or that were given up."""
        statement = mails.WAITING if waiting else mails.FAILED
        rows = await self._database.fetch(statement, limit=limit)
        return [
            UnsentMailView(
                row["organization_name"],
                MailKind(row["kind"]),
                row["recipient"],
                row["queued_at"],
                row["failed_at"],
                row["failure"],
            )
            for row in rows
        ]

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
        row["organization_id"],
        row["id"],
        row["kind"],
        row["recipient"],
        row["message_id"],
        row["subject"],
        row["text"],
        row["html"],
        row["queued_at"],
    )
