"""Good tokens, in the dialects of the issuers that people have."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from server.sign_in.authorization import authorization_in
from server.sign_in.refusals import IssuerUnavailableError, SignInRefusedError
from server.sign_in.settings import SignInSettings
from server.sign_in.sign_in import SignIn
from services.principals import Principal, ServicePrincipal, UserPrincipal
from tests.server.sign_in.issuer_app import AUDIENCE, IssuerApp


async def authenticate(issuer: IssuerApp, token: str, **settings: Any) -> Principal | None:
    base = issuer.settings.model_dump()
    async with SignIn(SignInSettings(**{**base, **settings})) as sign_in:
        return await sign_in.authenticate(f"Bearer {token}")


async def test_signed_out_is_no_principal(sign_in: SignIn) -> None:
    assert await sign_in.authenticate(None) is None


async def test_a_person(issuer: IssuerApp, sign_in: SignIn) -> None:
    ends = int(time.time()) + 300
    token = issuer.token(scope="openid email", exp=ends)
    assert await sign_in.authenticate(f"bearer {token}") == UserPrincipal(
        issuer=issuer.url,
        subject="ada",
        email="ada@example.test",
        email_verified=True,
        name="Ada",
        scopes=frozenset({"openid", "email"}),
        expires_at=datetime.fromtimestamp(ends, tz=UTC),
    )


@pytest.mark.parametrize("algorithm", ["RS256", "RS512", "PS256"])
async def test_an_rsa_key_without_alg_allows_every_rsa_algorithm(
    algorithm: str, issuer: IssuerApp, sign_in: SignIn
) -> None:
    assert await sign_in.authenticate(f"Bearer {issuer.token(algorithm=algorithm)}")


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
async def test_elliptic_curves_among_keys_of_no_use(
    algorithm: str, issuer: IssuerApp, sign_in: SignIn
) -> None:
    odd: list[Any] = [{"kty": "oct", "k": "AAAA"}, {"kty": [], "alg": {}}, 7, {"key_ops": 3}]
    issuer.jwks = [*odd, issuer.jwk("first", use="enc"), issuer.jwk("curve", algorithm, use="sig")]
    token = issuer.token(key_id="curve", signer="curve", algorithm=algorithm)
    assert await sign_in.authenticate(f"Bearer {token}")
    with pytest.raises(SignInRefusedError, match="no key 'first' for RS256"):
        await sign_in.authenticate(f"Bearer {issuer.token()}")


async def test_a_key_is_good_only_for_what_it_allows(issuer: IssuerApp, sign_in: SignIn) -> None:
    issuer.jwks = [issuer.jwk("first", alg="RS256")]
    with pytest.raises(SignInRefusedError, match="no key 'first' for PS256"):
        await sign_in.authenticate(f"Bearer {issuer.token(algorithm='PS256')}")


async def test_a_token_without_kid_needs_a_single_key(issuer: IssuerApp, sign_in: SignIn) -> None:
    assert await sign_in.authenticate(f"Bearer {issuer.token(key_id=None)}")
    issuer.jwks = [issuer.jwk("first"), issuer.jwk("second")]
    with pytest.raises(SignInRefusedError, match="names no key"):
        await authenticate(issuer, issuer.token(key_id=None))


DIALECTS: dict[str, dict[str, Any]] = {
    "Auth0": {"scope": "openid profile", "azp": "spa", "aud": [AUDIENCE, "userinfo"]},
    "Keycloak": {"typ": "Bearer", "azp": "spa", "scope": "email profile", "nonce": "n"},
    "Okta": {"scp": ["openid", "email"], "cid": "spa", "uid": "u", "ver": 1},
    "Cognito": {"token_use": "access", "client_id": "spa", "scope": "openid"},
    "Entra": {"scp": "access_as_user", "azp": "spa", "azpacr": "0", "oid": "o", "ver": "2.0"},
}


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_access_tokens_without_their_own_type(
    dialect: str, issuer: IssuerApp, sign_in: SignIn
) -> None:
    token = issuer.token(header={"typ": "JWT"}, **DIALECTS[dialect])
    principal = await sign_in.authenticate(f"Bearer {token}")
    assert isinstance(principal, UserPrincipal)


@pytest.mark.parametrize("kind", ["at+jwt", "AT+JWT", "application/at+jwt"])
async def test_the_type_of_rfc_9068_decides(kind: str, issuer: IssuerApp, sign_in: SignIn) -> None:
    """https://www.rfc-editor.org/rfc/rfc9068#section-4"""
    assert await sign_in.authenticate(f"Bearer {issuer.token(header={'typ': kind}, nonce='n')}")


@pytest.mark.parametrize(
    "claim", ["scope", "scp", "client_id", "cid", "appid", "azpacr", "gty", "permissions"]
)
async def test_one_mark_of_an_access_token_is_enough(
    claim: str, issuer: IssuerApp, sign_in: SignIn
) -> None:
    mark: dict[str, Any] = {claim: "x"}
    token = issuer.token(header={"typ": None}, **mark)
    assert await sign_in.authenticate(f"Bearer {token}")


SERVICES: dict[str, dict[str, Any]] = {
    "RFC 9068": {"sub": "robot", "client_id": "robot", "scope": "access:read"},
    "Auth0": {
        "sub": "robot@clients",
        "azp": "robot",
        "gty": "client-credentials",
        "scope": "access:read",
    },
    "Okta": {"sub": "robot", "cid": "robot", "scp": ["access:read"]},
    "Keycloak": {
        "azp": "robot",
        "preferred_username": "service-account-robot",
        "scope": "access:read",
    },
    "Entra": {"sub": "o", "oid": "o", "azp": "robot", "roles": ["access:read"], "azpacr": "1"},
}


@pytest.mark.parametrize("dialect", SERVICES)
async def test_service_tokens(dialect: str, issuer: IssuerApp) -> None:
    token = issuer.token(without=("email", "email_verified", "name"), **SERVICES[dialect])
    principal = await authenticate(issuer, token, oidc_scope_claims=("scope", "scp", "roles"))
    assert isinstance(principal, ServicePrincipal)
    assert (principal.client_id, principal.scopes) == ("robot", frozenset({"access:read"}))


async def test_claim_names_are_settings(issuer: IssuerApp) -> None:
    token = issuer.token(
        without=("aud",),
        client_id=AUDIENCE,
        oid="object",
        mail="m@example.test",
        xms_edov="1",
        label="M",
        scope="seatwise/access:read",
    )
    principal = await authenticate(
        issuer,
        token,
        oidc_audience_claim="client_id",
        oidc_subject_claim="oid",
        oidc_email_claim="mail",
        oidc_email_verified_claim="xms_edov",
        oidc_name_claim="label",
        oidc_scope_prefix="seatwise/",
    )
    assert isinstance(principal, UserPrincipal)
    assert (principal.subject, principal.email) == ("object", "m@example.test")
    assert (principal.email_verified, principal.name) == (True, "M")
    assert principal.scopes == {"access:read"}


async def test_a_name_cannot_break_what_shows_it(issuer: IssuerApp, sign_in: SignIn) -> None:
    token = issuer.token(name=" A\0d\ud800a\x1b ")
    principal = await sign_in.authenticate(f"Bearer {token}")
    assert isinstance(principal, UserPrincipal)
    assert principal.name == "Ada"


async def test_an_absurd_end_is_a_date(issuer: IssuerApp, sign_in: SignIn) -> None:
    principal = await sign_in.authenticate(f"Bearer {issuer.token(exp=10**400)}")
    assert principal is not None
    assert principal.expires_at.year == 9999


async def test_userinfo_says_what_the_token_does_not(issuer: IssuerApp, sign_in: SignIn) -> None:
    issuer.userinfo = {"sub": "ada", "email": "u@example.test", "email_verified": "true"}
    token = issuer.token(without=("email", "email_verified", "name"))
    principal = await sign_in.authenticate(f"Bearer {token}")
    assert isinstance(principal, UserPrincipal)
    assert (principal.email, principal.email_verified) == ("u@example.test", True)
    assert principal.name is None


@pytest.mark.parametrize("missing", ["email", "email_verified", "name"])
async def test_userinfo_is_asked_also_where_one_thing_is_missing(
    missing: str, issuer: IssuerApp, sign_in: SignIn
) -> None:
    told = {"email": "ada@example.test", "email_verified": True, "name": "Ada"}
    issuer.userinfo = {"sub": "ada", **told}
    token = issuer.token(without=(missing,))
    principal = await sign_in.authenticate(f"Bearer {token}")
    assert isinstance(principal, UserPrincipal)
    seen = (principal.email, principal.email_verified, principal.name)
    assert seen == tuple(told.values())


async def test_userinfo_is_not_asked_for_what_the_token_says(
    issuer: IssuerApp, sign_in: SignIn
) -> None:
    issuer.userinfo = {"sub": "ada"}
    await sign_in.authenticate(f"Bearer {issuer.token()}")
    assert issuer.requests["userinfo"] == 0


async def test_userinfo_vouches_for_its_own_address_only(
    issuer: IssuerApp, sign_in: SignIn
) -> None:
    issuer.userinfo = {"sub": "ada", "email": "other@example.test", "email_verified": True}
    token = issuer.token(without=("email_verified",))
    principal = await sign_in.authenticate(f"Bearer {token}")
    assert isinstance(principal, UserPrincipal)
    assert (principal.email, principal.email_verified) == ("ada@example.test", False)


async def test_userinfo_of_somebody_else_is_refused(issuer: IssuerApp, sign_in: SignIn) -> None:
    issuer.userinfo = {"sub": "eve", "email": "eve@example.test"}
    with pytest.raises(SignInRefusedError, match="another subject"):
        await sign_in.authenticate(f"Bearer {issuer.token(without=('email',))}")


async def test_userinfo_that_declines_leaves_what_the_token_says(
    issuer: IssuerApp, sign_in: SignIn
) -> None:
    issuer.userinfo, issuer.userinfo_status = {}, 403
    principal = await sign_in.authenticate(f"Bearer {issuer.token(without=('name',))}")
    assert isinstance(principal, UserPrincipal)
    assert principal.name is None
    with pytest.raises(SignInRefusedError, match="e-mail address"):
        await sign_in.authenticate(f"Bearer {issuer.token(without=('email',))}")


async def test_userinfo_that_fails_is_no_refusal(issuer: IssuerApp, sign_in: SignIn) -> None:
    issuer.userinfo, issuer.userinfo_status = {}, 500
    with pytest.raises(IssuerUnavailableError, match="userinfo answered 500") as unavailable:
        await sign_in.authenticate(f"Bearer {issuer.token(without=('name',))}")
    assert unavailable.value.retry_after > 0


@pytest.mark.parametrize(
    ("payload", "credentials"),
    [
        (None, None),
        ({}, None),
        ({"Authorization": "Bearer a"}, "Bearer a"),
        ({"authorization": "Bearer a"}, "Bearer a"),
        ({"authorization": None}, None),
        (["Authorization"], None),
    ],
)
def test_credentials_in_connection_init(payload: object, credentials: str | None) -> None:
    assert authorization_in(payload) == credentials


def test_credentials_in_connection_init_are_text() -> None:
    with pytest.raises(SignInRefusedError, match="not a text"):
        authorization_in({"Authorization": {"token": "a"}})
