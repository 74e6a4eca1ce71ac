"""Mails: written in the transaction that is their cause, sent by a job."""

from services.mail.delivery import MailService, MailView, UnsentMailView
from services.mail.outbox import Outbox
from services.mail.settings import MailSettings

__all__ = ["MailService", "MailSettings", "MailView", "Outbox", "UnsentMailView"]
