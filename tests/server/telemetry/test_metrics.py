"""What Prometheus reads after something happened."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from server.sign_in.refusals import SignInRefusedError
from server.telemetry.exposition import empty_shared_directory
from server.telemetry.routes import metrics_routes
from services.principals import OPS
from tests.conftest import execute
from tests.server.graphql_http.serving import Served, serve
from tests.stack import ServedStack, Stack

TRUSTED = "query Trusted { greeting }"
OPERATIONS = "seatwise_graphql_operation_seconds_count"


@pytest.fixture
async def served_toy(tmp_path: Path) -> AsyncIterator[Served]:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"trusted": TRUSTED}))
    async with serve(trusted_documents=manifest) as served:
        yield served


def value_in(text: str, series: str, **labels: str) -> float:
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == series and labels.items() <= sample.labels.items()
    )


async def value(http: httpx.AsyncClient, series: str, **labels: str) -> float:
    return value_in((await http.get("/metrics")).text, series, **labels)


@pytest.mark.parametrize(
    ("request_body", "name"),
    [
        ({"documentId": "trusted"}, "Trusted"),
        ({"query": TRUSTED}, "Trusted"),
        ({"query": "query Trusted { greeting silent: greeting }"}, "untrusted"),
        ({"query": "query Invented { greeting }"}, "untrusted"),
        ({"query": "{ greeting }"}, "untrusted"),
    ],
)
async def test_operations_are_counted_by_the_names_that_we_know(
    served_toy: Served, request_body: dict[str, str], name: str
) -> None:
    labels = {"type": "query", "name": name}
    before = await value(served_toy.http, OPERATIONS, **labels)
    await served_toy.post(request_body)
    assert await value(served_toy.http, OPERATIONS, **labels) == before + 1


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ secret }", "FORBIDDEN"),
        ("{ fault }", "INTERNAL_SERVER_ERROR"),
        ("", "BAD_REQUEST"),
    ],
)
async def test_errors_are_counted_by_code(served_toy: Served, query: str, code: str) -> None:
    before = await value(served_toy.http, "seatwise_graphql_errors_total", code=code)
    await served_toy.post({"query": query})
    after = await value(served_toy.http, "seatwise_graphql_errors_total", code=code)
    assert after == before + 1


async def test_open_streams_are_counted(served_toy: Served) -> None:
    before = await value(served_toy.http, "seatwise_graphql_streams")
    stream = asyncio.create_task(
        served_toy.post({"query": "subscription { silent }"}, accept="text/event-stream")
    )
    await served_toy.witness.started.wait()
    assert await value(served_toy.http, "seatwise_graphql_streams") == before + 1
    served_toy.witness.released.set()
    await stream
    assert await value(served_toy.http, "seatwise_graphql_streams") == before


async def test_the_parts_of_the_server_are_counted(served: ServedStack) -> None:
    ann = await served.user("ann")
    await served.organization(ann)
    create = """mutation {
      createOrganization(input: { name: "acme", displayName: "A" }) { errors { __typename } }
    }"""
    async with httpx.AsyncClient(base_url=served.url, timeout=30) as http:
        counted = {
            "seatwise_refusals_total": {"code": "ORGANIZATION_NAME_TAKEN"},
            "seatwise_sign_in_refusals_total": {},
            "seatwise_webhooks_total": {"outcome": "refused"},
        }
        before = {series: await value(http, series, **of) for series, of in counted.items()}
        await served.graphql(create, email="ann@example.com")
        await http.post("/graphql", json={"query": TRUSTED}, headers={"Authorization": "Bearer x"})
        await http.post("/webhooks/stripe", content=b"{}")
        after = {series: await value(http, series, **of) for series, of in counted.items()}
        assert after == {series: number + 1 for series, number in before.items()}
        assert await value(http, "seatwise_stripe_call_seconds_count", outcome="2xx") > 0
        assert await value(http, "seatwise_database_up") == 1
        assert await value(http, "seatwise_seats", state="OCCUPIED") == 1
        assert await value(http, "seatwise_database_connections", pool="write") > 0


async def test_what_waits_is_told(stack: Stack) -> None:
    async with stack.services.database.begin() as transaction:
        await transaction.enqueue("sync_event", {"event_id": "evt_1"}, {"event_id": "evt_2"})
    app = Starlette(routes=metrics_routes(is_open=True))
    app.state.services = stack.services
    async with client_of(app) as http:
        assert await value(http, "seatwise_jobs", job="sync_event", status="queued") == 2
        assert await value(http, "seatwise_job_oldest_seconds") > 0
        assert await value(http, "seatwise_webhook_events", state="DEAD") == 0
        assert await value(http, "seatwise_webhook_lag_seconds") == 0
        assert await value(http, "seatwise_mails", state="FAILED") == 0


async def test_figures_of_the_process_are_told_while_the_database_is_away(
    stack: Stack, postgres_url: str, database_url: str
) -> None:
    name = urlsplit(database_url).path[1:]
    await execute(
        postgres_url,
        f"ALTER DATABASE {name} ALLOW_CONNECTIONS false",
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",  # noqa: S608 # our own name
    )
    app = Starlette(routes=metrics_routes(is_open=True))
    app.state.services = stack.services
    async with client_of(app) as http:
        text = (await http.get("/metrics")).text
    assert value_in(text, "seatwise_database_up") == 0
    assert "seatwise_graphql_operation_seconds" in text


def client_of(app: Starlette) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


class Principal:
    def __init__(self, *scopes: str) -> None:
        self.scopes = frozenset(scopes)


class SignInOfTests:
    """Knows three tokens. What a real one says of them has tests of its own."""

    async def authenticate(self, authorization: str | None) -> Principal | None:
        if authorization == "Bearer bad":
            raise SignInRefusedError("It is bad")
        known = {None: None, "Bearer ops": Principal(OPS), "Bearer user": Principal()}
        return known[authorization]


@pytest.mark.parametrize(
    ("authorization", "status"),
    [(None, 401), ("Bearer bad", 401), ("Bearer user", 403), ("Bearer ops", 200)],
)
async def test_outside_of_development_a_scope_is_needed(
    stack: Stack, authorization: str | None, status: int
) -> None:
    app = Starlette(routes=metrics_routes(is_open=False))
    app.state.sign_in = SignInOfTests()
    app.state.services = stack.services
    headers = {"Authorization": authorization} if authorization else {}
    async with client_of(app) as client:
        assert (await client.get("/metrics", headers=headers)).status_code == status


WORK = """
from server.telemetry.counting import EndpointMetrics
from server.telemetry.exposition import exposition
observer = EndpointMetrics()
observer.error_answered("SHARED")
observer.stream_opened()
print(exposition().decode())
"""


def test_one_process_answers_for_all_and_not_for_those_that_were_killed(tmp_path: Path) -> None:
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    printed = [
        subprocess.check_output([sys.executable, "-c", WORK], env=environment, text=True)  # noqa: S603 # our own code
        for _ in range(2)
    ]
    assert value_in(printed[1], "seatwise_graphql_errors_total", code="SHARED") == 2
    assert value_in(printed[1], "seatwise_graphql_streams") == 1, "the first one's ended with it"


def test_a_new_run_begins_with_nothing(tmp_path: Path) -> None:
    (tmp_path / "counter_1.db").write_bytes(b"of an earlier run")
    (tmp_path / "mine").write_text("not a figure")
    empty_shared_directory(tmp_path)
    assert [left.name for left in tmp_path.iterdir()] == ["mine"]
