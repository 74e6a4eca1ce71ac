from urllib.parse import urlencode, urlsplit

import httpx
import pytest

from server.development_issuer.settings import DevelopmentIssuerSettings
from tests.server.development_issuer.browser import REDIRECT_URI, Browser, answer_of


async def test_the_page_lists_the_demo_users(browser: Browser) -> None:
    page = await browser.authorize()
    assert page.status_code == 200
    for email in ("owner@acme.test", "admin@globex.test", "outsider@example.test"):
        assert f'value="{email}"' in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("form-action 'self' http://localhost:5173")
    assert "<script" not in page.text


async def test_the_page_does_not_run_what_a_client_says(browser: Browser) -> None:
    page = await browser.authorize(state='"><script>', login_hint="'\"><script>")
    assert "<script" not in page.text


async def test_a_choice_leads_back_with_a_code(browser: Browser) -> None:
    response = await browser.choose("owner@acme.test")
    answer = answer_of(response)
    assert response.headers["location"].startswith("http://localhost:5173/callback?page=1&code=")
    assert (answer["state"], answer["iss"]) == ("some state", browser.issuer)
    cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert f"Path={urlsplit(browser.issuer).path}" in cookie


async def test_who_is_signed_in_is_not_asked_again(browser: Browser) -> None:
    await browser.choose("owner@acme.test")
    for prompt in ("none", None):
        assert answer_of(await browser.authorize(prompt=prompt))["code"]


@pytest.mark.parametrize("prompt", ["login", "select_account", "login consent"])
async def test_a_prompt_asks_again(prompt: str, browser: Browser) -> None:
    await browser.choose("owner@acme.test")
    page = await browser.authorize(prompt=prompt)
    assert page.status_code == 200
    assert "signed in as <strong>owner@acme.test" in page.text


async def test_prompt_none_never_shows_a_page(browser: Browser) -> None:
    answer = answer_of(await browser.authorize(prompt="none"))
    assert (answer["error"], answer["state"]) == ("login_required", "some state")


async def test_prompt_none_is_about_the_person_hinted_at(browser: Browser) -> None:
    tokens = await browser.sign_in("owner@acme.test")
    same = await browser.authorize(prompt="none", id_token_hint=tokens["id_token"])
    assert "code" in answer_of(same)
    assert "code" in answer_of(await browser.authorize(prompt="none", login_hint="Owner@acme.test"))
    other = await browser.authorize(prompt="none", login_hint="admin@globex.test")
    assert answer_of(other)["error"] == "login_required"
    await browser.choose("admin@globex.test")
    other = await browser.authorize(prompt="none", id_token_hint=tokens["id_token"])
    assert answer_of(other)["error"] == "login_required"


async def test_max_age_zero_asks_again(browser: Browser) -> None:
    await browser.choose("owner@acme.test")
    assert "code" in answer_of(await browser.authorize(prompt="none", max_age="1000"))
    answer = answer_of(await browser.authorize(prompt="none", max_age="-1"))
    assert answer["error"] == "invalid_request"


async def test_our_own_page_signs_in_a_demo_user_by_naming_them(browser: Browser) -> None:
    ours = {"Sec-Fetch-Site": "same-origin"}
    named = await browser.authorize(ours, login_hint="admin@globex.test")
    assert "code" in answer_of(named)
    assert "code" in answer_of(await browser.authorize(prompt="none"))
    stranger = await browser.authorize(ours, login_hint="nobody@example.test")
    assert stranger.status_code == 200
    other_site = {"Sec-Fetch-Site": "cross-site"}
    page = await browser.authorize(other_site, login_hint="owner@acme.test")
    assert page.status_code == 200
    assert 'value="owner@acme.test"' in page.text


async def test_another_site_cannot_choose_who_signs_in(browser: Browser) -> None:
    response = await browser.choose("owner@acme.test", site="cross-site")
    assert response.status_code == 403
    assert "set-cookie" not in response.headers


async def test_a_mistyped_address_is_said_on_the_page(browser: Browser) -> None:
    page = await browser.choose("owner@")
    assert page.status_code == 400
    assert 'role="alert"' in page.text
    assert 'aria-describedby="problem"' in page.text
    assert 'value="owner@"' in page.text


UNSAFE: dict[str, dict[str, str | None]] = {
    "no client": {"client_id": None},
    "odd client": {"client_id": "a b"},
    "the API itself": {"client_id": "seatwise"},
    "a service": {"client_id": "seatwise-service"},
    "no redirect_uri": {"redirect_uri": None},
    "another host": {"redirect_uri": "https://evil.example/"},
    "a host that looks like this one": {"redirect_uri": "http://localhost.evil.example/"},
    "user information": {"redirect_uri": "http://localhost@evil.example/"},
    "a backslash": {"redirect_uri": "http://localhost\\@evil.example/"},
    "a fragment": {"redirect_uri": "http://localhost/#x"},
    "a script": {"redirect_uri": "javascript:alert(1)//localhost"},
    "no host": {"redirect_uri": "http:///x"},
    "a bad port": {"redirect_uri": "http://localhost:99999/"},
    "more than what is allowed": {"redirect_uri": "https://app.example/callback/../x"},
}


@pytest.mark.parametrize("case", UNSAFE)
async def test_nobody_is_sent_where_a_request_has_no_right_to(case: str, browser: Browser) -> None:
    await browser.choose("owner@acme.test")
    response = await browser.authorize(**UNSAFE[case])
    assert response.status_code == 400
    assert "location" not in response.headers


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/callback",
        "http://127.0.0.1:1234/x",
        "http://[::1]:1234/x",
        "https://localhost/x",
    ],
)
async def test_configured_and_loopback_addresses_are_allowed(uri: str, browser: Browser) -> None:
    response = await browser.choose("owner@acme.test", redirect_uri=uri)
    assert response.headers["location"].startswith(f"{uri}?code=")


WRONG: dict[str, tuple[dict[str, str | None], str]] = {
    "token": ({"response_type": "token"}, "unsupported_response_type"),
    "no response_type": ({"response_type": None}, "invalid_request"),
    "form_post": ({"response_mode": "form_post"}, "invalid_request"),
    "no PKCE": ({"code_challenge": None}, "invalid_request"),
    "plain PKCE": ({"code_challenge_method": "plain"}, "invalid_request"),
    "PKCE without method": ({"code_challenge_method": None}, "invalid_request"),
    "short challenge": ({"code_challenge": "short"}, "invalid_request"),
    "none and login": ({"prompt": "none login"}, "invalid_request"),
    "request object": ({"request": "e30"}, "request_not_supported"),
    "request_uri": ({"request_uri": "https://a.example"}, "request_uri_not_supported"),
}


@pytest.mark.parametrize("case", WRONG)
async def test_a_wrong_request_is_answered_to_the_client(case: str, browser: Browser) -> None:
    changes, error = WRONG[case]
    answer = answer_of(await browser.authorize(**changes))
    assert (answer["error"], answer["state"], answer["page"]) == (error, "some state", "1")
    assert answer["error_description"]


async def test_a_repeated_parameter_is_refused(browser: Browser) -> None:
    async def repeat(name: str) -> httpx.Response:
        query = urlencode([*browser.request().items(), (name, "http://localhost/")])
        return await browser.client.get(f"{browser.issuer}/authorize?{query}")

    answer = answer_of(await repeat("nonce"))
    assert answer["error_description"] == "nonce is given more than once"
    assert (await repeat("redirect_uri")).status_code == 400


async def test_sign_out(browser: Browser, settings: DevelopmentIssuerSettings) -> None:
    tokens = await browser.sign_in()
    logout = f"{browser.issuer}/logout"
    back = {"post_logout_redirect_uri": REDIRECT_URI, "state": "s"}

    page = await browser.client.get(logout, params=back)
    assert page.status_code == 200, "without the ID token the person is asked"
    assert "code" in answer_of(await browser.authorize(prompt="none"))

    elsewhere = {**back, "post_logout_redirect_uri": "https://evil.example/"}
    assert (await browser.client.get(logout, params=elsewhere)).status_code == 400

    response = await browser.client.get(
        logout, params={**back, "id_token_hint": tokens["id_token"]}
    )
    assert response.headers["location"] == f"{REDIRECT_URI}&state=s"
    assert answer_of(await browser.authorize(prompt="none"))["error"] == "login_required"


async def test_sign_out_by_the_button(browser: Browser) -> None:
    await browser.sign_in()
    form = {"confirmed": "yes"}
    logout = f"{browser.issuer}/logout"
    other = await browser.client.post(logout, data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert "set-cookie" not in other.headers
    page = await browser.client.post(logout, data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert "You are signed out" in page.text
    assert answer_of(await browser.authorize(prompt="none"))["error"] == "login_required"
