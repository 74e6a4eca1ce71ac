import httpx
import pytest
from starlette.applications import Starlette

from server.portal import routes
from server.web_page import WebPageSettings
from tests.conftest import ServeApp


async def test_the_page_learns_how_to_sign_in(serve_app: ServeApp) -> None:
    app = Starlette(routes=routes(WebPageSettings(), oidc_issuer="https://id.example"))
    async with serve_app(app) as url, httpx.AsyncClient(base_url=url) as client:
        answer = await client.get("/portal/config.json")
    assert answer.json() == {
        "endpoint": "/graphql",
        "signIn": {
            "issuer": "https://id.example",
            "clientId": "seatwise-portal",
            "scope": "openid profile email offline_access",
            "authorizationParameters": {},
        },
    }


@pytest.mark.parametrize("address", ["/portal", "/portal/", "/portal/organizations/acme/members"])
async def test_each_address_leads_to_the_one_page(serve_app: ServeApp, address: str) -> None:
    app = Starlette(routes=routes(WebPageSettings(), oidc_issuer="https://id.example"))
    async with serve_app(app) as url, httpx.AsyncClient(base_url=url) as client:
        page, first = await client.get(address), await client.get("/portal/")
    assert page.status_code in (200, 503)  # 503: the page is not built on this machine.
    assert page.content == first.content


async def test_a_missing_file_is_not_answered_with_the_page(serve_app: ServeApp) -> None:
    app = Starlette(routes=routes(WebPageSettings(), oidc_issuer="https://id.example"))
    async with serve_app(app) as url, httpx.AsyncClient(base_url=url) as client:
        assert (await client.get("/portal/assets/absent.js")).status_code == 404
