"""Why a mail server did not take a mail: whether it ever will, and what helps.

The replies are those of RFC 5321, the statuses behind their codes those of RFC 3463 and of IANA's
registry of them.
"""

import re
from dataclasses import dataclass

import aiosmtplib
from email_validator import EmailNotValidError, validate_email

PERMANENT = range(500, 600)
"""Codes that the same mail would get again (RFC 5321, section 4.2.1)."""
_SIGN_IN = frozenset({530, 534, 535, 538})
"""Codes that speak of how we signed in, or did not (RFC 4954)."""
_ABOUT_SENDER = re.compile(r"5\.(?:1\.[78]|7\.(?:0|8|9|2\d))\b")
"""Statuses that speak of the sender's address, of signing in, and of SPF, DKIM and DMARC."""
_URL = re.compile(r"\w+://\S+")
_LONGEST = 300

CHECK_RECIPIENT = (
    "the address may be wrong: invite the right one; if every mail fails, see SMTP_URL"
)
CHECK_WORDS = "ask who runs the mail server why it refuses what we write, or SEATWISE_MAIL_FROM"
CHECK_SENDER = "check the account in SMTP_URL, and that it may send as SEATWISE_MAIL_FROM"
CHECK_UTF8 = "use a mail server that takes addresses beyond ASCII (SMTPUTF8)"


@dataclass(frozen=True, slots=True)
class MailRefusal:
    """`reason` is the server's, in one line, without links and the recipient: it may repeat both.

    A final one is of this mail, which is given up. Any other is of our settings: once they are put
    right the mail goes out, so it is tried again.
    """

    reason: str
    remedy: str
    is_final: bool


def refusal_of(error: Exception, *, recipient: str) -> MailRefusal | None:
    """The refusal that an error tells of; None when the same mail may be taken later."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return _refusal_of_reply(error.recipients[0], recipient, remedy=CHECK_RECIPIENT)
    if isinstance(error, aiosmtplib.SMTPDataError):
        return _refusal_of_reply(error, recipient, remedy=CHECK_WORDS)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _refusal_of_reply(error, recipient, remedy=None)
    if isinstance(error, aiosmtplib.SMTPNotSupported) and not recipient.isascii():
        return MailRefusal(str(error), CHECK_UTF8, is_final=True)
    if isinstance(error, ValueError) and not _is_address(recipient):
        return MailRefusal("It is no e-mail address.", CHECK_RECIPIENT, is_final=True)
    return None


def without_recipient(text: str, recipient: str) -> str:
    """The text, in which no address stands that is not to be logged."""
    return re.sub(re.escape(recipient), "(recipient)", text, flags=re.IGNORECASE)


def _refusal_of_reply(
    error: aiosmtplib.SMTPResponseException, recipient: str, *, remedy: str | None
) -> MailRefusal | None:
    """`remedy` helps against a reply to this mail; None: the server was not told of it yet."""
    if error.code not in PERMANENT:
        return None
    reply = _URL.sub("(link)", " ".join(f"{error.code} {error.message}".split()))
    reply = without_recipient(reply, recipient)[:_LONGEST]
    is_about_sender = error.code in _SIGN_IN or _ABOUT_SENDER.match(error.message)
    if remedy is None or is_about_sender:
        return MailRefusal(reply, CHECK_SENDER, is_final=False)
    return MailRefusal(reply, remedy, is_final=True)


def _is_address(text: str) -> bool:
    try:
        validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True
