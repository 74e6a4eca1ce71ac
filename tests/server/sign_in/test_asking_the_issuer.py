"""When the issuer is asked, how often, and what happens while it cannot be."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from server.sign_in.expiring_cache import ExpiringCache
from server.sign_in.issuer import Issuer
from server.sign_in.refusals import IssuerUnavailableError, SignInRefusedError
from server.sign_in.settings import SignInSettings
from server.sign_in.sign_in import SignIn
from tests.server.sign_in.issuer_app import IssuerApp


async def refusal_of(answer: Awaitable[object]) -> str:
    with pytest.raises((SignInRefusedError, IssuerUnavailableError)) as refused:
        await answer
    return type(refused.value).__name__


async def until_refused(ask: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                await ask()
            except SignInRefusedError:
                return
            await asyncio.sleep(0.01)


async def test_many_requests_at_once_ask_once(issuer: IssuerApp, sign_in: SignIn) -> None:
    issuer.gate.clear()
    tokens = [issuer.token(jti=str(number)) for number in range(20)]
    waiting = [asyncio.create_task(sign_in.authenticate(f"Bearer {token}")) for token in tokens]
    await issuer.is_asked.wait()
    waiting[0].cancel()  # Who hangs up takes nothing from the others.
    issuer.gate.set()
    assert all(await asyncio.gather(*waiting[1:]))
    assert issuer.requests == {"discovery": 1, "keys": 1}


async def test_many_requests_with_one_token_ask_userinfo_once(
    issuer: IssuerApp, sign_in: SignIn
) -> None:
    issuer.userinfo = {"sub": "ada", "email": "ada@example.test"}
    credentials = f"Bearer {issuer.token(without=('email', 'name'))}"
    assert all(await asyncio.gather(*(sign_in.authenticate(credentials) for _ in range(20))))
    assert await sign_in.authenticate(credentials)
    assert issuer.requests["userinfo"] == 1


async def test_a_rotated_key_is_fetched(issuer: IssuerApp, sign_in: SignIn) -> None:
    assert await sign_in.authenticate(f"Bearer {issuer.token()}")
    issuer.jwks = [issuer.jwk("second")]
    token = issuer.token(key_id="second", signer="second")
    assert await sign_in.authenticate(f"Bearer {token}")
    assert issuer.requests["keys"] == 2


async def test_a_storm_of_unknown_keys_does_not_become_ours(
    issuer: IssuerApp, sign_in: SignIn
) -> None:
    storm = (f"Bearer {issuer.token(key_id=f'garbage-{number}')}" for number in range(50))
    refusals = [await refusal_of(sign_in.authenticate(credentials)) for credentials in storm]
    assert set(refusals) == {"SignInRefusedError"}
    assert issuer.requests["keys"] <= 3
    assert await sign_in.authenticate(f"Bearer {issuer.token()}")


async def test_the_budget_for_unknown_keys_comes_back(issuer: IssuerApp) -> None:
    now = 0.0
    async with httpx.AsyncClient() as client:
        asked = Issuer(issuer.settings, client=client, clock=lambda: now)
        for number in range(10):
            await refusal_of(asked.get_key(key_id=f"garbage-{number}", algorithm="RS256"))
        assert issuer.requests["keys"] == 3
        issuer.jwks.append(issuer.jwk("second"))
        assert await refusal_of(asked.get_key(key_id="second", algorithm="RS256"))
        now += issuer.settings.oidc_refetch_seconds
        found = await asked.get_key(key_id="second", algorithm="RS256")
        assert found.key_id == "second"
        assert issuer.requests["keys"] == 4


async def test_old_keys_serve_while_the_issuer_is_down(issuer: IssuerApp) -> None:
    now = 0.0
    async with httpx.AsyncClient() as client:
        asked = Issuer(issuer.settings, client=client, clock=lambda: now)
        known = await asked.get_key(key_id="first", algorithm="RS256")
        issuer.is_down = True
        now += 10 * issuer.settings.oidc_keys_seconds
        for _ in range(5):
            assert await asked.get_key(key_id="first", algorithm="RS256") is known
        unknown = asked.get_key(key_id="second", algorithm="RS256")
        assert await refusal_of(unknown) == "IssuerUnavailableError"
        issuer.is_down = False
        now += issuer.settings.oidc_keys_seconds
        await asked.get_key(key_id="first", algorithm="RS256")
        await asked.aclose()


async def test_old_keys_are_renewed_without_anybody_waiting(issuer: IssuerApp) -> None:
    now = 0.0
    async with httpx.AsyncClient() as client:
        asked = Issuer(issuer.settings, client=client, clock=lambda: now)
        known = await asked.get_key(key_id="first", algorithm="RS256")
        now += issuer.settings.oidc_keys_seconds
        assert await asked.get_key(key_id="first", algorithm="RS256") is known
        await asyncio.sleep(0.1)
        assert issuer.requests["keys"] == 1, "they are not old yet"
        now += 1
        issuer.gate.clear()
        assert await asked.get_key(key_id="first", algorithm="RS256") is known
        issuer.jwks = [issuer.jwk("second")]
        issuer.gate.set()
        await until_refused(lambda: asked.get_key(key_id="first", algorithm="RS256"))
        found = await asked.get_key(key_id="second", algorithm="RS256")
        assert found.key_id == "second"


async def test_an_issuer_that_is_down_is_no_refusal(issuer: IssuerApp, sign_in: SignIn) -> None:
    issuer.is_down = True
    with pytest.raises(IssuerUnavailableError, match="answered 503") as unavailable:
        await sign_in.authenticate(f"Bearer {issuer.token()}")
    assert unavailable.value.retry_after >= 1
    issuer.is_down = False
    assert await sign_in.authenticate(f"Bearer {issuer.token()}")


async def test_an_issuer_on_this_machine_is_not_sought_behind_a_proxy(
    issuer: IssuerApp, unused_port: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{unused_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with SignIn(issuer.settings) as sign_in:
        assert await sign_in.authenticate(f"Bearer {issuer.token()}")


async def test_an_issuer_that_hangs_is_given_up(issuer: IssuerApp) -> None:
    issuer.gate.clear()
    settings = issuer.settings.model_copy(update={"oidc_timeout_seconds": 0.05})
    async with SignIn(settings) as sign_in:
        with pytest.raises(IssuerUnavailableError, match="did not answer within"):
            await sign_in.authenticate(f"Bearer {issuer.token()}")
    issuer.gate.set()


async def test_an_issuer_that_is_not_there_is_unavailable(
    unused_port: Callable[[], int],
) -> None:
    url = f"http://127.0.0.1:{unused_port()}"
    nobody = IssuerApp()
    nobody.url = url
    async with SignIn(nobody.settings) as sign_in:
        with pytest.raises(IssuerUnavailableError, match="cannot be reached"):
            await sign_in.authenticate(f"Bearer {nobody.token()}")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"says_it_is": "https://evil.example"}, "says that it is 'https://evil.example'"),
        ({"jwks": []}, "publishes no key"),
        ({"extra_metadata": {"jwks_uri": "file:///etc/passwd"}}, "jwks_uri 'file:///etc/passwd'"),
        ({"extra_metadata": {"jwks_uri": 7}}, "jwks_uri '7' is not an"),
        ({"extra_metadata": {"padding": "x" * (1 << 20)}}, "more than 1048576 bytes"),
    ],
)
async def test_an_issuer_that_makes_no_sense_is_not_believed(
    change: dict[str, Any], reason: str, issuer: IssuerApp, sign_in: SignIn
) -> None:
    for name, value in change.items():
        setattr(issuer, name, value)
    with pytest.raises(IssuerUnavailableError, match=reason):
        await sign_in.authenticate(f"Bearer {issuer.token()}")


async def test_a_verified_token_is_not_verified_again(issuer: IssuerApp, sign_in: SignIn) -> None:
    credentials = f"Bearer {issuer.token()}"
    assert sign_in.get_cached(credentials) is None
    principal = await sign_in.authenticate(credentials)
    assert sign_in.get_cached(credentials) is principal
    assert await sign_in.authenticate(credentials) is principal


async def test_a_token_in_its_leeway_is_good_but_not_kept(
    issuer: IssuerApp, sign_in: SignIn
) -> None:
    credentials = f"Bearer {issuer.token(exp=int(time.time()) - 5)}"
    assert await sign_in.authenticate(credentials)
    assert sign_in.get_cached(credentials) is None


def test_the_cache_is_bounded_and_forgets_what_was_not_asked_for() -> None:
    now = 0.0
    cache = ExpiringCache[str](size=2, clock=lambda: now)
    cache.put("a", "A", ends_at=10)
    cache.put("b", "B", ends_at=20)
    assert cache.get("a") == "A"
    cache.put("c", "C", ends_at=20)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == ("A", None, "C")
    now = 10
    assert cache.get("a") is None
    assert len(cache) == 1


def test_the_issuer_is_a_url() -> None:
    with pytest.raises(ValueError, match="oidc_issuer"):
        SignInSettings(oidc_issuer="not a url", oidc_audience="a")
