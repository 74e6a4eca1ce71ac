import asyncio
from pathlib import Path

import httpx
import jwt
import pytest

from server.development_issuer.minting import mint_access_token, mint_service_token
from server.development_issuer.people import subject_of
from server.development_issuer.settings import DevelopmentIssuerSettings, is_development_issuer
from server.development_issuer.signing_key import SigningKey
from server.sign_in.refusals import SignInRefusedError
from server.sign_in.settings import SignInSettings
from server.sign_in.sign_in import SignIn
from services.principals import ACCESS_READ, OPS, ServicePrincipal, UserPrincipal
from tests.server.development_issuer.browser import Browser


def sign_in_at(settings: DevelopmentIssuerSettings) -> SignIn:
    return SignIn(SignInSettings(oidc_issuer=settings.issuer, oidc_audience=settings.audience))


async def test_a_code_becomes_an_access_token_that_the_api_believes(
    browser: Browser, settings: DevelopmentIssuerSettings
) -> None:
    tokens = await browser.sign_in("owner@acme.test")
    assert tokens["token_type"] == "Bearer"
    header = jwt.get_unverified_header(tokens["access_token"])
    assert (header["typ"], header["alg"]) == ("at+jwt", "RS256")
    async with sign_in_at(settings) as sign_in:
        principal = await sign_in.authenticate(f"Bearer {tokens['access_token']}")
    assert isinstance(principal, UserPrincipal)
    assert principal.subject == subject_of("Owner@acme.test")
    assert (principal.email, principal.name) == ("owner@acme.test", "Ada Acme")
    assert principal.email_verified


async def test_nothing_else_that_the_issuer_signs_is_an_access_token(
    browser: Browser, settings: DevelopmentIssuerSettings
) -> None:
    code = await browser.get_code()
    tokens = (await browser.redeem(code)).json()
    session = next(iter(browser.client.cookies.values()))
    assert session is not None
    async with sign_in_at(settings) as sign_in:
        for value in (code, tokens["id_token"], tokens["refresh_token"], session):
            with pytest.raises(SignInRefusedError):
                await sign_in.authenticate(f"Bearer {value}")


async def test_the_id_token_is_for_the_client(
    browser: Browser, settings: DevelopmentIssuerSettings
) -> None:
    tokens = await browser.sign_in()
    keys = (await browser.client.get(f"{browser.issuer}/jwks")).json()
    claims = jwt.decode(
        tokens["id_token"],
        jwt.PyJWK(keys["keys"][0]),
        audience="spa",
        issuer=settings.issuer,
        options={"require": ["exp", "iat", "auth_time", "at_hash", "sub"]},
    )
    assert claims["nonce"] == "some-nonce"


async def test_what_is_not_asked_for_is_not_given(browser: Browser) -> None:
    tokens = await browser.sign_in(scope="email access:read")
    assert tokens.keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert tokens["scope"] == "email"


async def test_an_unverified_address_stays_unverified(browser: Browser) -> None:
    response = await browser.choose("new.person@example.test", verified=False)
    code = httpx.URL(response.headers["location"]).params["code"]
    claims = jwt.decode(
        (await browser.redeem(code)).json()["access_token"], options={"verify_signature": False}
    )
    assert (claims["email_verified"], claims["name"]) == (False, "New Person")


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "another"},
        {"redirect_uri": "http://localhost:5173/other"},
        {"code_verifier": "x" * 43},
        {"code": "made-up"},
    ],
)
async def test_a_code_is_its_clients_own(changes: dict[str, str], browser: Browser) -> None:
    code = await browser.get_code()
    refused = await browser.redeem(**{"code": code, **changes})
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert refused.headers["cache-control"] == "no-store"
    assert (await browser.redeem(code)).status_code == 200, "a thief cannot spoil it"


async def test_a_code_is_used_once_even_at_the_same_time(browser: Browser) -> None:
    code = await browser.get_code()
    answers = await asyncio.gather(*(browser.redeem(code) for _ in range(5)))
    assert sum(answer.status_code == 200 for answer in answers) == 1
    assert (await browser.redeem(code)).json()["error"] == "invalid_grant"


async def test_a_code_that_is_used_again_ends_what_came_of_it(browser: Browser) -> None:
    code = await browser.get_code()
    tokens = (await browser.redeem(code)).json()
    await browser.redeem(code)
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert (await browser.token(**form, client_id="spa")).json()["error"] == "invalid_grant"


async def test_refresh_tokens_rotate(browser: Browser) -> None:
    tokens = await browser.sign_in()
    form = {"grant_type": "refresh_token", "client_id": "spa"}
    renewed = (await browser.token(**form, refresh_token=tokens["refresh_token"])).json()
    assert renewed["access_token"] != tokens["access_token"]
    assert "nonce" not in jwt.decode(renewed["id_token"], options={"verify_signature": False})
    again = await browser.token(**form, refresh_token=tokens["refresh_token"])
    assert again.json()["error"] == "invalid_grant"
    stolen = await browser.token(**form, refresh_token=renewed["refresh_token"])
    assert stolen.json()["error"] == "invalid_grant", "a second use ends the family"


async def test_a_refresh_token_is_its_clients_own(browser: Browser) -> None:
    tokens = await browser.sign_in()
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert (await browser.token(**form, client_id="another")).json()["error"] == "invalid_grant"
    assert (await browser.token(**form, client_id="spa")).status_code == 200


async def test_client_credentials(browser: Browser, settings: DevelopmentIssuerSettings) -> None:
    credentials = ("seatwise-service", "development-only")
    response = await browser.token(
        grant_type="client_credentials", scope=ACCESS_READ, auth=credentials
    )
    async with sign_in_at(settings) as sign_in:
        principal = await sign_in.authenticate(f"Bearer {response.json()['access_token']}")
    assert isinstance(principal, ServicePrincipal)
    assert principal.subject == principal.client_id == "seatwise-service"
    assert principal.scopes == {ACCESS_READ}
    both = await browser.token(
        grant_type="client_credentials",
        client_id="seatwise-service",
        client_secret="development-only",
    )
    assert set(both.json()["scope"].split()) == {ACCESS_READ, OPS}


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, 400, "invalid_request"),
        ({"grant_type": "client_credentials"}, 401, "invalid_client"),
        (
            {
                "grant_type": "client_credentials",
                "client_id": "seatwise-service",
                "client_secret": "guess",
            },
            401,
            "invalid_client",
        ),
        (
            {
                "grant_type": "client_credentials",
                "client_id": "seatwise-service",
                "client_secret": "development-only",
                "scope": "access:read admin",
            },
            400,
            "invalid_scope",
        ),
    ],
)
async def test_token_refusals(
    form: dict[str, str], status: int, error: str, browser: Browser
) -> None:
    response = await browser.token(**form)
    assert (response.status_code, response.json()["error"]) == (status, error)
    assert ("www-authenticate" in response.headers) == (status == 401)


async def test_basic_credentials_that_cannot_be_read(browser: Browser) -> None:
    response = await browser.client.post(
        f"{browser.issuer}/token",
        data={"grant_type": "client_credentials"},
        headers={"Authorization": "Basic !"},
    )
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


async def test_userinfo(browser: Browser) -> None:
    tokens = await browser.sign_in("owner@acme.test", scope="openid email")
    url = f"{browser.issuer}/userinfo"

    async def ask(token: str) -> httpx.Response:
        return await browser.client.get(url, headers={"Authorization": f"Bearer {token}"})

    assert (await ask(tokens["access_token"])).json() == {
        "sub": subject_of("owner@acme.test"),
        "email": "owner@acme.test",
        "email_verified": True,
    }
    assert (await ask(tokens["id_token"])).status_code == 401
    assert 'error="invalid_token"' in (await ask("made-up")).headers["www-authenticate"]
    without = await browser.sign_in(scope="email")
    assert (await ask(without["access_token"])).status_code == 403


async def test_discovery_names_what_is_there(browser: Browser) -> None:
    document = await browser.client.get(f"{browser.issuer}/.well-known/openid-configuration")
    metadata = document.json()
    assert metadata["issuer"] == browser.issuer
    for name, url in metadata.items():
        if name.endswith(("_endpoint", "_uri")):
            assert (await browser.client.request("OPTIONS", url)).status_code in {204, 405}


@pytest.mark.parametrize("path", [".well-known/openid-configuration", "jwks", "token", "userinfo"])
async def test_single_page_apps_of_any_origin_may_call(path: str, browser: Browser) -> None:
    preflight = await browser.client.request(
        "OPTIONS",
        f"{browser.issuer}/{path}",
        headers={
            "Origin": "http://localhost:5173",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization",
        },
    )
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in preflight.headers


async def test_tokens_minted_by_another_process(settings: DevelopmentIssuerSettings) -> None:
    key, url, audience = settings.key_path, settings.issuer, settings.audience
    person = mint_access_token(key, issuer=url, audience=audience, email="Admin@globex.test")
    service = mint_service_token(
        key, issuer=url, audience=audience, client_id="billing", scopes=[OPS]
    )
    async with sign_in_at(settings) as sign_in:
        user = await sign_in.authenticate(f"Bearer {person}")
        program = await sign_in.authenticate(f"Bearer {service}")
    assert isinstance(user, UserPrincipal)
    assert user.subject == subject_of("admin@globex.test")
    assert isinstance(program, ServicePrincipal)
    assert (program.client_id, program.scopes) == ("billing", frozenset({OPS}))


def test_an_address_is_needed_for_a_token(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="@"):
        mint_access_token(tmp_path / "key.pem", issuer="i", audience="a", email="nobody")


async def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "data" / "key.pem"
    keys = await asyncio.gather(*(asyncio.to_thread(SigningKey.load, path) for _ in range(4)))
    assert len({key.key_id for key in keys}) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]
    assert SigningKey.load(path).key_id == keys[0].key_id


def test_which_issuers_are_for_development_only() -> None:
    assert is_development_issuer("http://127.0.0.1:8000/dev/issuer")
    assert not is_development_issuer("https://login.example.com/")
