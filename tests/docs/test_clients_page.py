"""docs/clients.md shows the files that are tested, and settings that do what it says of them."""

import re
from pathlib import Path

import httpx
import pytest

from server.app import create_app
from server.settings import Settings, load

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "clients.md").read_text()
SHOWN = re.compile(r"`(tests/clients/\S+)`:\n\n```\w+\n(.*?)```", re.DOTALL)
SETTING = re.compile(r"^export (\w+)='?(.*?)'?$", re.MULTILINE)


def test_the_code_is_that_of_the_tested_files() -> None:
    shown = SHOWN.findall(PAGE)
    assert {path for path, _ in shown} >= {
        str(path.relative_to(ROOT)) for path in (ROOT / "tests" / "clients" / "setup").iterdir()
    }
    for path, code in shown:
        assert (ROOT / path).read_text() == code, path


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in SETTING.findall(PAGE):
        monkeypatch.setenv(name, value)
    return load()


async def test_nitro_may_ask_with_these_settings(settings: Settings) -> None:
    app = httpx.ASGITransport(create_app(settings))
    async with httpx.AsyncClient(transport=app, base_url="http://127.0.0.1:8000") as client:
        answer = await client.options(
            "/graphql",
            headers={
                "Origin": "https://nitro.chillicream.com",
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization,content-type",
                "Access-Control-Request-Private-Network": "true",
            },
        )
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "https://nitro.chillicream.com"
    assert answer.headers["access-control-allow-private-network"] == "true"


def test_a_gateway_is_served_with_these_settings(settings: Settings) -> None:
    paths = {getattr(route, "path", "") for route in create_app(settings).routes}
    assert "/graphql/fusion" in paths
