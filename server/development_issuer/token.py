"""The token endpoint: codes, refresh tokens and client credentials become access tokens."""

import base64
import binascii
import hashlib
import secrets
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from server.development_issuer.codes import (
    Grant,
    issue_refresh_token,
    redeem_code,
    redeem_refresh_token,
)
from server.development_issuer.issuer import DevelopmentIssuer
from server.development_issuer.minting import ACCESS_TOKEN, access_token_claims
from services.principals import ACCESS_READ, OPS

SERVICE_SCOPES = (ACCESS_READ, OPS)

_NO_STORE = {"Cache-Control": "no-store"}


class TokenError(Exception):
    """An answer by RFC 6749, section 5.2."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


async def token(issuer: DevelopmentIssuer, request: Request) -> Response:
    """Answer a token request."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    try:
        return JSONResponse(_grant(issuer, request, form=form), headers=_NO_STORE)
    except TokenError as error:
        body = {"error": error.error, "error_description": error.description}
        if error.error != "invalid_client":
            return JSONResponse(body, status_code=HTTPStatus.BAD_REQUEST, headers=_NO_STORE)
        challenge = {**_NO_STORE, "WWW-Authenticate": 'Basic realm="seatwise development issuer"'}
        return JSONResponse(body, status_code=HTTPStatus.UNAUTHORIZED, headers=challenge)


def _grant(issuer: DevelopmentIssuer, request: Request, *, form: dict[str, str]) -> dict[str, Any]:
    match form.get("grant_type"):
        case "authorization_code":
            return _grant_code(issuer, form=form)
        case "refresh_token":
            return _grant_refresh(issuer, form=form)
        case "client_credentials":
            return _grant_client_credentials(issuer, request, form=form)
        case None:
            raise TokenError("invalid_request", "grant_type is missing")
    raise TokenError("unsupported_grant_type", "The grant_type is not supported")


def _grant_code(issuer: DevelopmentIssuer, *, form: dict[str, str]) -> dict[str, Any]:
    grant = redeem_code(
        issuer,
        _required(form, "code"),
        client_id=_required(form, "client_id"),
        redirect_uri=_required(form, "redirect_uri"),
        verifier=_required(form, "code_verifier"),
    )
    if grant is None:
        raise TokenError(
            "invalid_grant",
            "The code has ended, was used before, or does not fit the client, the redirect_uri "
            "or the code_verifier",
        )
    return _answer(issuer, grant, nonce=grant.nonce)


def _grant_refresh(issuer: DevelopmentIssuer, *, form: dict[str, str]) -> dict[str, Any]:
    grant = redeem_refresh_token(
        issuer, _required(form, "refresh_token"), client_id=_required(form, "client_id")
    )
    if grant is None:
        raise TokenError("invalid_grant", "The refresh token has ended or was used before")
    return _answer(issuer, grant, nonce=None)


def _grant_client_credentials(
    issuer: DevelopmentIssuer, request: Request, *, form: dict[str, str]
) -> dict[str, Any]:
    client_id, secret = _client_credentials(request, form=form)
    known = issuer.settings.services.get(client_id)
    if known is None or not secrets.compare_digest(
        known.get_secret_value().encode(), secret.encode(errors="replace")
    ):
        raise TokenError("invalid_client", "The client or its secret is unknown")
    scopes = form.get("scope", "").split() or list(SERVICE_SCOPES)
    unknown = set(scopes) - set(SERVICE_SCOPES)
    if unknown:
        raise TokenError("invalid_scope", f"The scopes are {' and '.join(SERVICE_SCOPES)}")
    return _bearer(issuer, {"sub": client_id}, client_id=client_id, scopes=tuple(scopes))


def _client_credentials(request: Request, *, form: dict[str, str]) -> tuple[str, str]:
    """From the Basic header or the form (RFC 6749, section 2.3.1)."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        text = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise TokenError("invalid_client", "The Basic credentials cannot be read") from error
    client_id, _, secret = text.partition(":")
    return unquote_plus(client_id), unquote_plus(secret)


def _required(form: dict[str, str], name: str) -> str:
    if not form.get(name):
        raise TokenError("invalid_request", f"{name} is missing")
    return form[name]


def _answer(issuer: DevelopmentIssuer, grant: Grant, *, nonce: str | None) -> dict[str, Any]:
    answer = _bearer(
        issuer, grant.session.person_claims, client_id=grant.client_id, scopes=grant.scopes
    )
    if "openid" in grant.scopes:
        answer["id_token"] = _id_token(
            issuer, grant, nonce=nonce, access_token=answer["access_token"]
        )
    if "offline_access" in grant.scopes:
        answer["refresh_token"] = issue_refresh_token(issuer, grant)
    return answer


def _bearer(
    issuer: DevelopmentIssuer, who: dict[str, Any], *, client_id: str, scopes: tuple[str, ...]
) -> dict[str, Any]:
    seconds = issuer.settings.access_token_seconds
    claims = access_token_claims(
        issuer=issuer.url,
        audience=issuer.settings.audience,
        client_id=client_id,
        scopes=scopes,
        seconds=seconds,
    )
    return {
        "access_token": issuer.key.sign({**claims, **who}, kind=ACCESS_TOKEN),
        "token_type": "Bearer",
        "expires_in": seconds,
        "scope": " ".join(scopes),
    }


def _id_token(
    issuer: DevelopmentIssuer, grant: Grant, *, nonce: str | None, access_token: str
) -> str:
    half_hash = hashlib.sha256(access_token.encode()).digest()[:16]
    claims = {
        "aud": grant.client_id,
        "auth_time": grant.session.auth_time,
        "at_hash": base64.urlsafe_b64encode(half_hash).rstrip(b"=").decode(),
        **grant.session.person_claims,
    }
    if nonce is not None:
        claims["nonce"] = nonce
    return issuer.seal(claims, kind="JWT", seconds=issuer.settings.access_token_seconds)
