"""Mails: written in the transaction that is their cause, sent by a job."""

from services.mail.delivery import MailNotTakenError, MailService, MailView, UnsentMailView
from services.mail.outbox import Outbox
from services.mail.settings import MailSettings

__all__ = [
    "MailNotTakenError",
    "MailService",
    "MailSettings",
    "MailView",
    "Outbox",
    "UnsentMailView",
]
