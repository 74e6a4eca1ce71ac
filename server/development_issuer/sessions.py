"""Who is signed in at the issuer, in this browser."""

import hashlib
import time
from typing import Any

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from server.development_issuer.issuer import DevelopmentIssuer
from server.development_issuer.minting import person_claims
from server.development_issuer.people import name_of, normal_email, subject_of

_SESSION = "session+jwt"


class Session(BaseModel):
    """A sign-in: whose, and when it was (`auth_time`, seconds since the epoch)."""

    model_config = ConfigDict(frozen=True)

    email: str
    name: str
    email_verified: bool
    auth_time: int

    @property
    def subject(self) -> str:
        """The person's `sub`."""
        return subject_of(self.email)

    @property
    def person_claims(self) -> dict[str, Any]:
        """What tokens say of the person."""
        return person_claims(self.email, name=self.name, email_verified=self.email_verified)


def start_session(issuer: DevelopmentIssuer, *, email: str, email_verified: bool) -> Session:
    """Sign somebody in, by their address alone.

    Raises:
        ValueError: it is no address.
    """
    address = normal_email(email)
    name = name_of(address, people=issuer.settings.people)
    now = int(time.time())
    return Session(email=address, name=name, email_verified=email_verified, auth_time=now)


def get_session(issuer: DevelopmentIssuer, request: Request) -> Session | None:
    """The session that the browser's cookie holds."""
    cookie = request.cookies.get(_cookie_name(issuer))
    claims = issuer.unseal(cookie, kind=_SESSION) if cookie else None
    return Session(**claims) if claims else None


def keep_session(issuer: DevelopmentIssuer, response: Response, *, session: Session) -> None:
    """Have the browser keep the session. `Lax`: it must come along on the way back to us."""
    seconds = issuer.settings.session_seconds
    response.set_cookie(
        _cookie_name(issuer),
        issuer.seal(session.model_dump(), kind=_SESSION, seconds=seconds),
        max_age=seconds,
        path=issuer.path,
        secure=issuer.url.startswith("https://"),
        httponly=True,
        samesite="lax",
    )


def end_session(issuer: DevelopmentIssuer, response: Response) -> None:
    """Have the browser forget the session."""
    response.delete_cookie(_cookie_name(issuer), path=issuer.path, httponly=True, samesite="lax")


def _cookie_name(issuer: DevelopmentIssuer) -> str:
    """Cookies do not know ports; two copies on one machine must not end each other's sessions."""
    return f"seatwise_session_{hashlib.sha256(issuer.url.encode()).hexdigest()[:8]}"
