"""Codes and refresh tokens: sealed values that can be used once.

They are signed, not stored. Base64 hides nothing, but there is nothing secret in them here.
"""

import base64
import hashlib
import secrets
from typing import Self
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, ValidationError

from server.development_issuer.authorization_request import AuthorizationRequest
from server.development_issuer.issuer import DevelopmentIssuer
from server.development_issuer.sessions import Session

_CODE = "code+jwt"
_REFRESH = "refresh+jwt"


class Grant(BaseModel):
    """What a person granted to a client. All tokens that follow from one code share `family`."""

    model_config = ConfigDict(frozen=True)

    client_id: str
    scopes: tuple[str, ...]
    nonce: str | None
    session: Session
    family: str

    @classmethod
    def begin(cls, wanted: AuthorizationRequest, *, session: Session) -> Self:
        """A new family."""
        return cls(
            client_id=wanted.client_id,
            scopes=wanted.scopes,
            nonce=wanted.nonce,
            session=session,
            family=str(uuid4()),
        )


def issue_code(issuer: DevelopmentIssuer, wanted: AuthorizationRequest, *, session: Session) -> str:
    """A code for the request, good for a minute."""
    return issuer.seal(
        {
            "grant": Grant.begin(wanted, session=session).model_dump(),
            "redirect_uri": wanted.redirect_uri,
            "code_challenge": wanted.code_challenge,
        },
        kind=_CODE,
        seconds=issuer.settings.code_seconds,
    )


def redeem_code(
    issuer: DevelopmentIssuer, code: str, *, client_id: str, redirect_uri: str, verifier: str
) -> Grant | None:
    """What a code stands for, or None if it does not belong to this client or was used before.

    A wrong verifier does not use it up, so that a thief cannot spoil it.
    """
    claims = issuer.unseal(code, kind=_CODE)
    if (
        claims is None
        or claims["redirect_uri"] != redirect_uri
        or claims["grant"]["client_id"] != client_id
        or not secrets.compare_digest(claims["code_challenge"], _challenge_of(verifier))
    ):
        return None
    return _use_once(issuer, claims["grant"], value_id=claims["jti"])


def issue_refresh_token(issuer: DevelopmentIssuer, grant: Grant) -> str:
    """The next refresh token of the family."""
    return issuer.seal(
        {"grant": grant.model_dump()}, kind=_REFRESH, seconds=issuer.settings.session_seconds
    )


def redeem_refresh_token(issuer: DevelopmentIssuer, token: str, *, client_id: str) -> Grant | None:
    """What a refresh token stands for, or None if it was used before or its family is revoked."""
    claims = issuer.unseal(token, kind=_REFRESH)
    if claims is None or claims["grant"]["client_id"] != client_id:
        return None
    return _use_once(issuer, claims["grant"], value_id=claims["jti"])


def _use_once(
    issuer: DevelopmentIssuer, grant: dict[str, object], *, value_id: str
) -> Grant | None:
    """A second use means that somebody else has it: the whole family ends (RFC 9700, 4.14.2)."""
    try:
        read = Grant.model_validate(grant)
    except ValidationError:
        return None  # Sealed by an older version of this program.
    family = f"family {read.family}"
    if not issuer.spent.spend(value_id):
        issuer.spent.spend(family)
    return None if issuer.spent.is_spent(family) else read


def _challenge_of(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode(errors="replace")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
