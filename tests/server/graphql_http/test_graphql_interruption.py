"""Work ends when nobody waits for it: clients that leave, operations that take too long."""

import asyncio
from typing import Any

import pytest

from tests.server.graphql_http.serving import SECONDS, Served, ServeFactory

FOREVER = {"query": "{ forever }"}


@pytest.mark.parametrize(
    ("payload", "accept"),
    [
        (FOREVER, "application/json"),
        (FOREVER, "text/event-stream"),
        (FOREVER, "multipart/mixed"),
        ([FOREVER], "application/json"),
        ([FOREVER], "application/jsonl"),
    ],
)
async def test_a_client_that_goes_away_cancels_its_query(
    served: Served, payload: Any, accept: str
) -> None:
    request = asyncio.create_task(served.post(payload, accept=accept))
    await served.witness.started.wait()
    request.cancel()
    await asyncio.wait_for(served.witness.cancelled.wait(), SECONDS)


async def test_a_client_that_goes_away_cancels_its_subscription(served: Served) -> None:
    request = asyncio.create_task(
        served.post({"query": "subscription { silent }"}, accept="text/event-stream")
    )
    await served.witness.started.wait()
    request.cancel()
    await asyncio.wait_for(served.witness.cancelled.wait(), SECONDS)


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
async def test_a_long_operation_is_cancelled(serve_with: ServeFactory, accept: str) -> None:
    async with serve_with(operation_timeout=0.05) as served:
        response = await served.post({"query": "{ forever }"}, accept=accept)
        assert response.status_code == 503
        assert response.json()["errors"][0]["extensions"]["code"] == "OPERATION_TIMEOUT"
        assert served.witness.cancelled.is_set()


async def test_a_late_deferred_part_ends_the_stream(serve_with: ServeFactory) -> None:
    async with serve_with(operation_timeout=0.05) as served:
        response = await served.post(
            {"query": "{ greeting ... @defer { forever } }"}, accept="application/jsonl"
        )
        first, last = response.text.splitlines()
        assert first == '{"data":{"greeting":"Hello, world"},"hasNext":true}'
        assert "OPERATION_TIMEOUT" in last
        assert served.witness.cancelled.is_set()
