from pathlib import Path

import httpx
import pytest
from graphql import build_schema, parse, validate
from starlette.applications import Starlette

from schema.build import sdl
from server.ide import DemoUser, routes
from server.web_page import WEB_SOURCES, WebPageSettings
from tests.conftest import ServeApp

EXAMPLES = sorted((WEB_SOURCES / "ide" / "examples").glob("*.graphql"))
OWNER: DemoUser = {"email": "owner@acme.test", "name": "Ada", "description": "Owns acme"}


async def test_the_page_learns_how_to_sign_in(serve_app: ServeApp) -> None:
    settings = WebPageSettings(web_sign_in_parameters={"audience": "seatwise"})
    app = Starlette(routes=routes(settings, oidc_issuer="https://id.example", demo_users=[OWNER]))
    async with serve_app(app) as url, httpx.AsyncClient(base_url=url) as client:
        answer = await client.get("/ide/config.json")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json() == {
        "endpoint": "/graphql",
        "signIn": {
            "issuer": "https://id.example",
            "clientId": "seatwise-ide",
            "scope": "openid profile email offline_access",
            "authorizationParameters": {"audience": "seatwise"},
        },
        "demoUsers": [OWNER],
    }


async def test_demo_users_are_told_only_when_there_are_any(serve_app: ServeApp) -> None:
    app = Starlette(routes=routes(WebPageSettings(), oidc_issuer="https://id.example"))
    async with serve_app(app) as url, httpx.AsyncClient(base_url=url) as client:
        assert (await client.get("/ide/config.json")).json()["demoUsers"] == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_are_operations_of_the_schema(example: Path) -> None:
    operation = parse(example.read_text())
    assert validate(build_schema(sdl()), operation) == []
