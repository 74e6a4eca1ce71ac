"""What Prometheus reads after something happened."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from server.sign_in.refusals import SignInRefusedError
from server.telemetry.routes import metrics_routes
from services.principals import OPS
from tests.server.graphql_http.serving import Served, serve


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with serve() as served:
        yield served


async def value(served: Served, series: str, **labels: str) -> float:
    text = (await served.http.get("/metrics")).text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == series and labels.items() <= sample.labels.items()
    )


async def test_operations_are_counted_with_their_time(served: Served) -> None:
    name, labels = "seatwise_graphql_operation_seconds_count", {"kind": "query", "name": "Metered"}
    before = await value(served, name, **labels)
    await served.post({"query": "query Metered { greeting }"})
    assert await value(served, name, **labels) == before + 1


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ secret }", "FORBIDDEN"),
        ("{ fault }", "INTERNAL_SERVER_ERROR"),
        ("", "BAD_REQUEST"),
    ],
)
async def test_errors_are_counted_by_code(served: Served, query: str, code: str) -> None:
    before = await value(served, "seatwise_graphql_errors_total", code=code)
    await served.post({"query": query})
    assert await value(served, "seatwise_graphql_errors_total", code=code) == before + 1


async def test_open_streams_are_counted(served: Served) -> None:
    before = await value(served, "seatwise_graphql_streams")
    stream = asyncio.create_task(
        served.post({"query": "subscription { silent }"}, accept="text/event-stream")
    )
    await served.witness.started.wait()
    assert await value(served, "seatwise_graphql_streams") == before + 1
    served.witness.released.set()
    await stream
    assert await value(served, "seatwise_graphql_streams") == before


async def test_names_that_clients_invent_do_not_make_series_without_bound(served: Served) -> None:
    for number in range(250):
        await served.post({"query": f"query Invented{number} {{ greeting }}"})
    text = (await served.http.get("/metrics")).text
    series = [line for line in text.splitlines() if "operation_seconds_count{" in line]
    assert len(series) < 250
    assert any('name="other"' in line for line in series)


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
    authorization: str | None, status: int
) -> None:
    app = Starlette(routes=metrics_routes(is_open=False))
    app.state.sign_in = SignInOfTests()
    headers = {"Authorization": authorization} if authorization else {}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await client.get("/metrics", headers=headers)).status_code == status


def test_one_worker_answers_for_all(tmp_path: Path) -> None:
    work = "from server.telemetry.metrics import *; EndpointMetrics().error_answered('SHARED');"
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    printed = [
        subprocess.run(  # noqa: S603 - our own code
            [sys.executable, "-c", work + "print(exposition().decode())"],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    ]
    assert 'seatwise_graphql_errors_total{code="SHARED"} 2.0' in printed[1]
