"""One server process: ids, headers, health, webhooks, and a database that goes away."""

import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from stripe import WebhookSignature

from db import migrate
from db.embedded import FAST_AND_FORGETFUL, EmbeddedPostgres
from server.app import create_app
from server.fault_answer import FaultAnswer
from server.graphql_context import locale_of
from server.request_id import RequestId
from server.settings import Settings, SettingsError
from server.start_error import StartError
from tests.conftest import ServeApp
from tests.stack import WEBHOOK_SECRET, ServedStack

EVENT = b"""{
  "id": "evt_1", "object": "event", "type": "plan.created", "api_version": "2026-10-28.endive",
  "created": 1700000000, "data": {"object": {"id": "plan_1", "object": "plan"}}
}"""


@contextlib.asynccontextmanager
async def serving(
    serve_app: ServeApp, data_dir: Path, **settings: Any
) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Settings(data_dir=data_dir, stripe_webhook_secret=WEBHOOK_SECRET, **settings))
    async with serve_app(app) as url, httpx.AsyncClient(base_url=url, timeout=30) as client:
        yield client


@pytest.fixture
async def client(
    serve_app: ServeApp, database_url: str, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(serve_app, tmp_path, database_url=database_url) as client:
        yield client


async def test_a_process_that_can_answer_is_healthy_and_ready(served: ServedStack) -> None:
    async with httpx.AsyncClient(base_url=served.url) as client:
        for path in ("/healthz", "/readyz"):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
            assert answer.headers["Cache-Control"] == "no-store"


async def test_without_a_catalogue_nobody_can_be_served(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).status_code == 200
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert "seatwise catalog push" in answer.json()["reason"]


async def test_a_fault_of_ours_is_told_by_its_id_only(
    serve_app: ServeApp,
) -> None:
    def fail(_request: Request) -> Response:
        raise RuntimeError("a secret of the inside")

    middleware = [Middleware(RequestId), Middleware(FaultAnswer)]
    app = Starlette(routes=[Route("/", fail)], middleware=middleware)
    async with serve_app(app) as url, httpx.AsyncClient() as client:
        answer = await client.get(url)
    assert answer.status_code == 500
    request_id = answer.headers["X-Request-ID"]
    assert answer.json() == {"error": "Internal Server Error", "requestId": request_id}


async def test_every_answer_has_an_id_of_its_own(client: httpx.AsyncClient) -> None:
    ids = {(await client.get("/healthz")).headers["X-Request-ID"] for _ in range(3)}
    assert len(ids) == 3
    assert all(re.fullmatch(r"[0-9a-f]{32}", request_id) for request_id in ids)


@pytest.mark.parametrize(
    ("given", "is_kept"), [("req_42:a/b", True), ("two words", False), ("x" * 129, False)]
)
async def test_a_proxys_id_is_kept_if_it_is_plain(
    client: httpx.AsyncClient, given: str, *, is_kept: bool
) -> None:
    answer = await client.get("/healthz", headers={"X-Request-ID": given})
    assert (answer.headers["X-Request-ID"] == given) is is_kept


async def test_answers_are_closed_to_other_uses(client: httpx.AsyncClient) -> None:
    headers = (await client.get("/healthz")).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert "Strict-Transport-Security" not in headers


async def test_a_public_address_by_https_stays_so(
    serve_app: ServeApp, database_url: str, tmp_path: Path
) -> None:
    settings = {"database_url": database_url, "public_url": "https://seats.example"}
    async with serving(serve_app, tmp_path, **settings) as client:
        headers = (await client.get("/healthz")).headers
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")


async def test_the_front_door_leads_to_the_ide(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (307, "/graphql")


async def test_a_refused_token_is_told_why(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/graphql", json={"query": "{ plans { code } }"}, headers={"Authorization": "Bearer x"}
    )
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="seatwise"')
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def signed(body: bytes, secret: str = WEBHOOK_SECRET) -> dict[str, str]:
    header = WebhookSignature.generate_signature_header(body.decode(), secret)
    return {"Stripe-Signature": header}


async def test_a_webhook_is_stored_once(client: httpx.AsyncClient) -> None:
    for is_new in (True, False):
        answer = await client.post("/webhooks/stripe", content=EVENT, headers=signed(EVENT))
        assert (answer.status_code, answer.json()) == (200, {"received": True, "new": is_new})


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (EVENT, {}),
        (EVENT, {"Stripe-Signature": "t=1,v1=00"}),
        (EVENT, signed(EVENT, "whsec_of_somebody_else")),
        (EVENT + b" ", signed(EVENT)),
        (b"{", signed(b"{")),
        (b"[]", signed(b"[]")),
    ],
    ids=["unsigned", "wrong", "other secret", "changed", "no JSON", "no event"],
)
async def test_what_is_no_webhook_is_refused(
    client: httpx.AsyncClient, body: bytes, headers: dict[str, str]
) -> None:
    answer = await client.post("/webhooks/stripe", content=body, headers=headers)
    assert answer.status_code == 400


async def test_a_webhook_is_short_and_posted(client: httpx.AsyncClient) -> None:
    huge = b" " * (1 << 20) + EVENT
    assert (await client.post("/webhooks/stripe", content=huge)).status_code == 413
    assert (await client.get("/webhooks/stripe")).status_code == 405


async def test_a_database_that_comes_back_is_used_at_once(
    serve_app: ServeApp, data_dir: Path
) -> None:
    postgres = EmbeddedPostgres(data_dir, settings=FAST_AND_FORGETFUL)
    with postgres:
        await migrate.upgrade(postgres.url())
        async with serving(serve_app, data_dir, database_url=postgres.url()) as client:
            postgres.stop()
            assert (await client.get("/healthz")).status_code == 200
            unready = await client.get("/readyz")
            assert unready.status_code == 503
            assert unready.json()["reason"] == "the database does not answer"
            postgres.start()
            assert (
                (await client.get("/readyz")).json()["reason"].startswith("there is no catalogue")
            )


async def test_a_database_that_is_not_migrated_is_not_served(
    serve_app: ServeApp, empty_database_url: str, tmp_path: Path
) -> None:
    app = create_app(Settings(database_url=empty_database_url, data_dir=tmp_path))
    with pytest.raises(StartError, match="run `seatwise migrate`"):
        async with app.router.lifespan_context(app):
            pass


def test_production_does_not_start_with_what_is_for_development() -> None:
    with pytest.raises(SettingsError):
        create_app(Settings(environment="production"))


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("", "en_US"),
        ("de-CH, de;q=0.9, en;q=0.5", "de_CH"),
        ("xx-YY, fr;q=0.2", "fr"),
        ("en;q=0.5, fr;q=0.8, zh-Hant-TW", "zh_Hant_TW"),
        ("de;q=0, it;q=0.1", "it"),
        ("*", "en_US"),
        (";;;,,,=", "en_US"),
    ],
)
def test_the_language_that_the_client_likes_best(header: str, locale: str) -> None:
    assert locale_of(header) == locale
