"""From what an issuer says to a Principal. Issuers differ; their names for things are settings."""

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from server.sign_in.refusals import SignInRefusedError, quoted
from server.sign_in.settings import SignInSettings
from services.principals import Principal, ServicePrincipal, UserPrincipal

_LONGEST_SUBJECT = 255  # OpenID Connect Core 1.0, section 2.
_LONGEST_EMAIL = 254  # RFC 5321, section 4.5.3.1.3, less the angle brackets.
_LONGEST_NAME = 200
_YES = (True, 1, "true", "1")  # Cognito's userinfo says "true", Entra's xms_edov may say "1".
_LAST_MOMENT = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())

Claims = Mapping[str, Any]


def expiry(claims: Claims) -> int:
    """When the token ends, in seconds since the epoch; an absurd `exp` is cut to a real date."""
    return min(int(claims["exp"]), _LAST_MOMENT)


def is_service(claims: Claims) -> bool:
    """Whether the token came from client credentials: nobody signed in, so nobody has an e-mail.

    RFC 9068 lets `sub` be the client then, as Okta, Cognito and the development issuer do. Auth0
    says `gty`, Entra `idtyp` or `oid` = `sub` without `scp`; Keycloak names a made-up user.
    """
    subject = claims.get("sub")
    client = _client_id(claims)
    is_client = client is not None and (
        subject == client or claims.get("preferred_username") == f"service-account-{client}"
    )
    has_no_person = subject == claims.get("oid", "") and not claims.keys() & {"scp", "scope"}
    says_so = claims.get("gty") == "client-credentials" or claims.get("idtyp") == "app"
    return is_client or has_no_person or says_so


def lacks_person(claims: Claims, *, settings: SignInSettings) -> bool:
    """Whether userinfo could tell more about a person than the token does."""
    return any(
        claims.get(name) is None
        for name in (
            settings.oidc_email_claim,
            settings.oidc_email_verified_claim,
            settings.oidc_name_claim,
        )
    )


def to_principal(claims: Claims, *, userinfo: Claims, settings: SignInSettings) -> Principal:
    """The principal of verified claims; the token's own word goes before userinfo's.

    Raises:
        SignInRefusedError: the subject or the e-mail address is missing or unusable.
    """
    scopes = _scopes(claims, settings=settings)
    subject = _subject(claims, settings=settings)
    ends = datetime.fromtimestamp(expiry(claims), tz=UTC)
    if is_service(claims):
        return ServicePrincipal(
            issuer=settings.oidc_issuer,
            subject=subject,
            client_id=_client_id(claims) or subject,
            scopes=scopes,
            expires_at=ends,
        )
    email_claim = settings.oidc_email_claim
    source = userinfo if claims.get(email_claim) is None else claims
    return UserPrincipal(
        issuer=settings.oidc_issuer,
        subject=subject,
        email=_email(source, settings=settings),
        email_verified=_is_verified(source, userinfo=userinfo, settings=settings),
        name=_name(claims.get(settings.oidc_name_claim) or userinfo.get(settings.oidc_name_claim)),
        scopes=scopes,
        expires_at=ends,
    )


def _client_id(claims: Claims) -> str | None:
    names = (claims.get(name) for name in ("client_id", "azp", "appid", "cid"))
    return next((name for name in names if isinstance(name, str) and name), None)


def _scopes(claims: Claims, *, settings: SignInSettings) -> frozenset[str]:
    scopes: set[str] = set()
    for name in settings.oidc_scope_claims:
        value = claims.get(name, "")
        words = value if isinstance(value, list) else str(value).split()
        scopes.update(word for word in words if isinstance(word, str))
    return frozenset(scope.removeprefix(settings.oidc_scope_prefix) for scope in scopes)


def _subject(claims: Claims, *, settings: SignInSettings) -> str:
    subject = claims[settings.oidc_subject_claim]
    if not isinstance(subject, str) or not _is_plain(subject, longest=_LONGEST_SUBJECT):
        raise SignInRefusedError(f"The claim {quoted(settings.oidc_subject_claim)} is not usable")
    return subject


def _email(source: Claims, *, settings: SignInSettings) -> str:
    email = source.get(settings.oidc_email_claim)
    if email is None:
        raise SignInRefusedError(
            "Neither the token nor the issuer's userinfo gives an e-mail address: "
            "ask for the scopes openid and email"
        )
    if (
        not isinstance(email, str)
        or "@" not in email
        or not _is_plain(email, longest=_LONGEST_EMAIL)
    ):
        raise SignInRefusedError(f"The claim {quoted(settings.oidc_email_claim)} is no address")
    return email


def _is_verified(source: Claims, *, userinfo: Claims, settings: SignInSettings) -> bool:
    """Whether the issuer vouches for *this* address: userinfo's word counts for its own only."""
    verified = source.get(settings.oidc_email_verified_claim)
    same_address = source[settings.oidc_email_claim] == userinfo.get(settings.oidc_email_claim)
    if verified is None and same_address:
        verified = userinfo.get(settings.oidc_email_verified_claim)
    return verified in _YES


def _name(name: object) -> str | None:
    """A name for people to read. What Postgres or a terminal would choke on is left out."""
    if not isinstance(name, str):
        return None
    readable = "".join(
        character for character in name if unicodedata.category(character) not in {"Cc", "Cs"}
    )
    return readable.strip()[:_LONGEST_NAME] or None


def _is_plain(text: str, *, longest: int) -> bool:
    return 0 < len(text) <= longest and text.isprintable() and not text.isspace()
