"""Making the access tokens of the development issuer (RFC 9068), also from another process."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import uuid4

from server.development_issuer.people import name_of, normal_email, subject_of
from server.development_issuer.signing_key import SigningKey
from services.principals import ACCESS_READ

ACCESS_TOKEN = "at+jwt"  # noqa: S105 -- the media type of RFC 9068, not a secret
COMMAND_LINE = "seatwise-cli"

_HOUR = 3600


def mint_access_token(
    key_path: Path,
    *,
    issuer: str,
    audience: str,
    email: str,
    name: str | None = None,
    email_verified: bool = True,
    scopes: Iterable[str] = ("openid", "profile", "email"),
    client_id: str = COMMAND_LINE,
    seconds: int = _HOUR,
) -> str:
    """A person's access token, as if they had signed in. `seconds` is its lifetime.

    Raises:
        ValueError: `email` is no address.
    """
    claims = access_token_claims(
        issuer=issuer, audience=audience, client_id=client_id, scopes=scopes, seconds=seconds
    )
    claims |= person_claims(email, name=name, email_verified=email_verified)
    return SigningKey.load(key_path).sign(claims, kind=ACCESS_TOKEN)


def mint_service_token(
    key_path: Path,
    *,
    issuer: str,
    audience: str,
    client_id: str,
    scopes: Iterable[str] = (ACCESS_READ,),
    seconds: int = _HOUR,
) -> str:
    """A program's access token: `sub` is the client itself. `seconds` is its lifetime."""
    claims = access_token_claims(
        issuer=issuer, audience=audience, client_id=client_id, scopes=scopes, seconds=seconds
    )
    return SigningKey.load(key_path).sign({**claims, "sub": client_id}, kind=ACCESS_TOKEN)


def access_token_claims(
    *, issuer: str, audience: str, client_id: str, scopes: Iterable[str], seconds: int
) -> dict[str, Any]:
    """What every access token says; `sub` is still missing."""
    now = int(time.time())
    return {
        "iss": issuer,
        "aud": audience,
        "client_id": client_id,
        "scope": " ".join(scopes),
        "iat": now,
        "exp": now + seconds,
        "jti": str(uuid4()),
    }


def person_claims(email: str, *, name: str | None, email_verified: bool) -> dict[str, Any]:
    """Who it is, in the claims of OpenID Connect Core 1.0, section 5.1."""
    address = normal_email(email)
    return {
        "sub": subject_of(address),
        "email": address,
        "email_verified": email_verified,
        "name": name or name_of(address),
    }
