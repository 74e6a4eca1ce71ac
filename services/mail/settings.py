"""How mails leave."""

from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import SplitResult


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """`smtp_url` is `smtp://` (STARTTLS where offered) or `smtps://`; None keeps mails here."""

    sender: str = "Seatwise <no-reply@localhost>"
    smtp_url: str | None = None
    invitation_url: str = "http://localhost/portal/invitation#{token}"
    """The page that accepts invitations; `{token}` stands where the token goes.

    In the fragment it reaches no log and no `Referer` header.
    """

    organization_url: str = "http://localhost/portal/organizations/{name}"
    """The page of an organization; `{name}` stands where its unique name goes."""

    @property
    def domain(self) -> str:
        """What makes our Message-IDs unique in the world."""
        return parseaddr(self.sender)[1].rpartition("@")[2] or "localhost"


def port_of(server: SplitResult) -> int:
    """The port of an SMTP URL; left out, that of RFC 8314 for `smtps`, of RFC 6409 for `smtp`."""
    return server.port or (465 if server.scheme == "smtps" else 587)
