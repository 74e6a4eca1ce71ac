"""Checking one access token. PyJWT does JOSE: it is small, widely read and kept up; joserfc was as
fast and would do as well. What PyJWT leaves to its callers stands here, by RFC 8725 and RFC 9068.
"""

from collections.abc import Mapping
from typing import Any

import jwt
from jwt import PyJWK
from jwt.exceptions import (
    ExpiredSignatureError,
    ImmatureSignatureError,
    InvalidIssuerError,
    InvalidSignatureError,
    MissingRequiredClaimError,
    PyJWTError,
)

from server.sign_in.keys import ASYMMETRIC_ALGORITHMS
from server.sign_in.refusals import SignInRefusedError, quoted
from server.sign_in.settings import SignInSettings

LONGEST_TOKEN = 16_384
"""Characters. Entra's largest tokens have some 6,000; uvicorn takes 64 KB of headers."""

_JWS_DOTS = 2
_PLAIN_TYPES = frozenset({"", "jwt"})
_ID_TOKEN_CLAIMS = frozenset({"nonce", "at_hash", "c_hash", "s_hash"})
_ACCESS_TOKEN_CLAIMS = frozenset(
    {"scope", "scp", "client_id", "cid", "appid", "azpacr", "gty", "permissions"}
)

Header = Mapping[str, Any]
Claims = Mapping[str, Any]


def read_header(token: str) -> Header:
    """The header of a token whose shape is right; nothing in it is proved yet.

    Raises:
        SignInRefusedError: too long, no JWS, or an algorithm or extension we do not take.
    """
    if len(token) > LONGEST_TOKEN:
        raise SignInRefusedError(f"The token is longer than {LONGEST_TOKEN} characters")
    if not token.isascii() or token.count(".") != _JWS_DOTS:
        raise SignInRefusedError("The token is not a signed JWT")
    header_alone = (
        token.partition(".")[0] + ".."
    )  # PyJWT would decode all parts, and does so later.
    try:
        header = jwt.get_unverified_header(header_alone)
    except PyJWTError as error:
        raise SignInRefusedError(f"The token is not a signed JWT: {error}") from error
    if str(header.get("alg")) not in ASYMMETRIC_ALGORITHMS:
        raise SignInRefusedError(
            f"The algorithm {quoted(header.get('alg'))} is not accepted: "
            "tokens must be signed with the issuer's private key"
        )
    if "crit" in header:
        raise SignInRefusedError("The token has critical extensions, which are not understood")
    return header


def verify_access_token(
    token: str, *, header: Header, key: PyJWK, settings: SignInSettings
) -> Claims:
    """The claims of a token that the issuer signed for us and that is valid now.

    Raises:
        SignInRefusedError: with the reason.
    """
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[key.algorithm_name],
            issuer=settings.oidc_issuer,
            leeway=settings.oidc_leeway_seconds,
            options={
                "require": ["iss", "exp", settings.oidc_subject_claim],
                "verify_aud": False,
                "enforce_minimum_key_length": True,
            },
        )
    except PyJWTError as error:
        raise SignInRefusedError(_reason(error, settings=settings)) from error
    _check_audience(claims, settings=settings)
    _check_is_access_token(header, claims)
    if "cnf" in claims:  # RFC 7800: DPoP or mutual TLS. A thief's copy must not pass as a bearer's.
        raise SignInRefusedError("The token is bound to a key, whose proof is not supported here")
    return claims


def _reason(error: PyJWTError, *, settings: SignInSettings) -> str:
    match error:
        case InvalidSignatureError():
            return "The signature is not the issuer's"
        case ExpiredSignatureError():
            return "The token has expired"
        case ImmatureSignatureError():
            return f"The token is not valid yet: {error}"
        case InvalidIssuerError():
            return f"The token is not from the issuer {quoted(settings.oidc_issuer)}"
        case MissingRequiredClaimError():
            return f"The token has no claim {quoted(error.claim)}"
    return f"The token is not valid: {error}"


def _check_audience(claims: Claims, *, settings: SignInSettings) -> None:
    """`aud` is one name or a list of them (RFC 7519, section 4.1.3); ours must be among them."""
    audience = claims.get(settings.oidc_audience_claim)
    if audience is None:
        raise SignInRefusedError(f"The token has no claim {quoted(settings.oidc_audience_claim)}")
    names = audience if isinstance(audience, list) else [audience]
    if settings.oidc_audience not in names:
        raise SignInRefusedError(
            f"The token is meant for {quoted(audience)}, not for {quoted(settings.oidc_audience)}"
        )


def _check_is_access_token(header: Header, claims: Claims) -> None:
    """Refuse ID tokens: they say who signed in to a client, not that the client may call us.

    RFC 9068 says `typ: at+jwt`, and that decides. Auth0's older profile, Entra, Keycloak, Okta and
    Cognito say `JWT` or nothing; their tokens must bear a mark of an access token and none of an
    ID token. What bears neither is refused too: OpenID Connect asks no more of an ID token than
    `iss`, `sub`, `aud`, `exp` and `iat`.
    """
    kind = str(header.get("typ") or "").lower().removeprefix("application/")
    if kind == "at+jwt":
        return
    if kind not in _PLAIN_TYPES:
        raise SignInRefusedError(f"The token has the type {quoted(header['typ'])}, not 'at+jwt'")
    stated = claims.get("token_use") or claims.get("typ")
    if stated is None:
        is_id_token = bool(claims.keys() & _ID_TOKEN_CLAIMS)
        is_access_token = bool(claims.keys() & _ACCESS_TOKEN_CLAIMS)
    else:  # Cognito's and Keycloak's own words.
        is_access_token = stated in ("access", "Bearer")
        is_id_token = not is_access_token
    if is_id_token:
        raise SignInRefusedError("The token is not an access token; ID tokens are not accepted")
    if not is_access_token:
        raise SignInRefusedError(
            "The token does not show that it is an access token: "
            "it needs the type 'at+jwt', a scope or a client_id"
        )
