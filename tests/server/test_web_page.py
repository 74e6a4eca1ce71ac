import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from server.web_page import (
    WEB_SOURCES,
    BuiltFiles,
    WebPageSettings,
    content_security_policy,
    page_response,
)
from tests.conftest import ServeApp

SCRIPT = b"console.log('hello');\n" * 100


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text("<!doctype html><title>built</title>")
    (tmp_path / "app-1a2b.js").write_bytes(SCRIPT)
    (tmp_path / "app-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT))
    (tmp_path / "plain-3c4d.js").write_bytes(SCRIPT)
    return tmp_path


@pytest.fixture
async def site(built: Path, serve_app: ServeApp) -> AsyncIterator[httpx.AsyncClient]:
    async def page(_request: Request) -> Response:
        return page_response(built, policy="default-src 'self'")

    app = Starlette(routes=[Route("/page", page), Mount("/files", BuiltFiles(built))])
    async with serve_app(app) as url, httpx.AsyncClient(base_url=url) as client:
        yield client


async def test_a_built_file_is_sent_compressed_and_kept_for_ever(site: httpx.AsyncClient) -> None:
    answer = await site.get("/files/app-1a2b.js", headers={"Accept-Encoding": "br;q=0, gzip"})
    assert answer.content == SCRIPT
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Security-Policy"] == "default-src 'self'"


@pytest.mark.parametrize(
    ("path", "accepted"),
    [
        ("app-1a2b.js", "identity"),
        ("app-1a2b.js", "gzip;q=0"),
        ("app-1a2b.js", "br"),  # There is no .br beside this file.
        ("plain-3c4d.js", "gzip, br"),
    ],
)
async def test_the_plain_file_is_sent_where_no_other_form_fits(
    site: httpx.AsyncClient, path: str, accepted: str
) -> None:
    answer = await site.get(f"/files/{path}", headers={"Accept-Encoding": accepted})
    assert answer.content == SCRIPT
    assert "Content-Encoding" not in answer.headers


async def test_a_file_that_the_client_has_is_not_sent_again(site: httpx.AsyncClient) -> None:
    first = await site.get("/files/app-1a2b.js")
    again = await site.get("/files/app-1a2b.js", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["absent.js", "../conftest.py", "%2e%2e/%2e%2e/etc/passwd"])
async def test_nothing_but_the_built_files_is_served(site: httpx.AsyncClient, path: str) -> None:
    assert (await site.get(f"/files/{path}")).status_code == 404


async def test_the_page_is_asked_for_again_and_bears_its_policy(site: httpx.AsyncClient) -> None:
    answer = await site.get("/page")
    assert "built" in answer.text
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Content-Security-Policy"] == "default-src 'self'"


async def test_a_page_that_is_not_built_says_how_to_build_it() -> None:
    answer = page_response(WEB_SOURCES / "absent" / "dist", policy="")
    assert answer.status_code == 503
    assert b"make web" in answer.body


def test_the_policy_names_the_issuer_and_allows_no_inline_script() -> None:
    settings = WebPageSettings(web_connect_origins=("https://tokens.example",))
    policy = content_security_policy(settings, oidc_issuer="https://id.example/tenant")
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert directives["connect-src"].split()[-2:] == [
        "https://id.example",
        "https://tokens.example",
    ]
    assert directives["script-src"] == "'self'"
