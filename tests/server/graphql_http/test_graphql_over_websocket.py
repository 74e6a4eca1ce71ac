"""graphql-transport-ws: its messages, its close codes, its bounds."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.server.graphql_http.serving import SECONDS, Served, ServeFactory


@asynccontextmanager
async def connection(served: Served, **options: Any) -> AsyncIterator[ClientConnection]:
    options = {"subprotocols": ["graphql-transport-ws"]} | options
    url = f"{served.url.replace('http', 'ws', 1)}/graphql"
    async with connect(url, **options) as socket:
        yield socket


@asynccontextmanager
async def introduced(served: Served, **params: str) -> AsyncIterator[ClientConnection]:
    async with connection(served) as socket:
        await say(socket, "connection_init", payload=params)
        assert await hear(socket) == {"type": "connection_ack"}
        yield socket


async def say(socket: ClientConnection, message: str, **members: Any) -> None:
    await socket.send(json.dumps({"type": message, **members}))


async def subscribe(socket: ClientConnection, name: str, query: str, **payload: Any) -> None:
    await say(socket, "subscribe", id=name, payload={"query": query, **payload})


async def hear(socket: ClientConnection) -> Any:
    return json.loads(await asyncio.wait_for(socket.recv(), SECONDS))


async def close_code(socket: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed):
        await asyncio.wait_for(socket.recv(), SECONDS)
    assert socket.close_code is not None
    return socket.close_code


async def test_a_subscription(served: Served) -> None:
    async with introduced(served) as socket:
        await subscribe(socket, "a", "subscription { countdown(start: 2) }")
        for number in (2, 1):
            message = {"id": "a", "type": "next", "payload": {"data": {"countdown": number}}}
            assert await hear(socket) == message
        assert await hear(socket) == {"id": "a", "type": "complete"}


async def test_a_query_with_variables_signed_in(served: Served) -> None:
    query = "query Q($name: String!) { greeting(name: $name) viewer }"
    async with introduced(served, Authorization="Bearer ada") as socket:
        await subscribe(socket, "q", query, variables={"name": "Ada"}, operationName="Q")
        data = {"greeting": "Hello, Ada", "viewer": "ada"}
        assert await hear(socket) == {"id": "q", "type": "next", "payload": {"data": data}}
        assert await hear(socket) == {"id": "q", "type": "complete"}


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nope }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "subscription { refused }"}, "FORBIDDEN"),
        ({"query": "query Q($first: Int!) { books(first: $first) { title } }"}, "BAD_USER_INPUT"),
        ({"query": 1}, "BAD_REQUEST"),
        ({}, "BAD_REQUEST"),
        ([], "BAD_REQUEST"),
        (None, "BAD_REQUEST"),
        ({"id": "unknown"}, "PERSISTED_QUERY_NOT_FOUND"),
    ],
)
async def test_a_request_error_ends_its_operation_only(
    served: Served, payload: Any, code: str
) -> None:
    async with introduced(served) as socket:
        await say(socket, "subscribe", id="a", payload=payload)
        message = await hear(socket)
        assert (message["type"], message["id"]) == ("error", "a")
        assert message["payload"][0]["extensions"]["code"] == code
        await subscribe(socket, "a", "{ greeting }")
        assert (await hear(socket))["type"] == "next"


async def test_a_source_that_breaks_is_masked(served: Served) -> None:
    async with introduced(served) as socket:
        await subscribe(socket, "a", "subscription { breaking }")
        assert (await hear(socket))["type"] == "next"
        message = await hear(socket)
        assert message["type"] == "error"
        assert message["payload"][0]["message"] == "Internal Server Error"


async def test_parts_come_one_after_the_other(served: Served) -> None:
    async with introduced(served) as socket:
        await subscribe(socket, "a", "{ greeting ... @defer { books(first: 1) { title } } }")
        assert (await hear(socket))["payload"]["hasNext"] is True
        part = {"data": {"books": [{"title": "Book 1"}]}, "path": []}
        assert (await hear(socket))["payload"] == {"incremental": [part], "hasNext": False}
        assert await hear(socket) == {"id": "a", "type": "complete"}


async def test_pings_are_answered_before_and_after_the_introduction(served: Served) -> None:
    async with connection(served) as socket:
        await say(socket, "pong")
        await say(socket, "ping")
        assert await hear(socket) == {"type": "pong"}
        await say(socket, "connection_init")
        assert await hear(socket) == {"type": "connection_ack"}
        await say(socket, "pong")
        await say(socket, "ping")
        assert await hear(socket) == {"type": "pong"}


async def test_complete_cancels_the_operation(served: Served) -> None:
    async with introduced(served) as socket:
        await subscribe(socket, "a", "subscription { silent }")
        await served.witness.started.wait()
        await say(socket, "complete", id="a")
        await asyncio.wait_for(served.witness.cancelled.wait(), SECONDS)
        await subscribe(socket, "a", "{ greeting }")
        assert (await hear(socket))["payload"] == {"data": {"greeting": "Hello, world"}}


@pytest.mark.parametrize("query", ["subscription { silent }", "{ forever }"])
async def test_a_client_that_goes_away_cancels_everything(served: Served, query: str) -> None:
    async with introduced(served) as socket:
        await subscribe(socket, "a", query)
        await served.witness.started.wait()
    await asyncio.wait_for(served.witness.cancelled.wait(), SECONDS)


@pytest.mark.parametrize(
    "message",
    [
        "no json",
        "1",
        "null",
        "[]",
        "{}",
        '{"type": 1}',
        '{"type": "unknown"}',
        '{"type": "subscribe"}',
        '{"type": "subscribe", "id": 1, "payload": {}}',
        '{"type": "subscribe", "id": "", "payload": {}}',
        '{"type": "complete"}',
        b"{}",
    ],
)
async def test_an_invalid_message_closes_with_4400(served: Served, message: str | bytes) -> None:
    async with introduced(served) as socket:
        await socket.send(message)
        assert await close_code(socket) == 4400


async def test_a_message_that_is_too_long_closes_with_1009(serve_with: ServeFactory) -> None:
    async with serve_with(max_body_bytes=100) as served, introduced(served) as socket:
        await subscribe(socket, "a", "#" * 100)
        assert await close_code(socket) == 1009


async def test_a_subscription_before_the_introduction_closes_with_4401(served: Served) -> None:
    async with connection(served) as socket:
        await subscribe(socket, "a", "{ greeting }")
        assert await close_code(socket) == 4401


@pytest.mark.parametrize("payload", [1, "Bearer ada", ["Bearer ada"]])
async def test_an_introduction_that_is_no_object_closes_with_4400(
    served: Served, payload: Any
) -> None:
    async with connection(served) as socket:
        await say(socket, "connection_init", payload=payload)
        assert await close_code(socket) == 4400


async def test_a_second_introduction_closes_with_4429(served: Served) -> None:
    async with introduced(served) as socket:
        await say(socket, "connection_init")
        assert await close_code(socket) == 4429


async def test_the_same_name_twice_closes_with_4409(served: Served) -> None:
    async with introduced(served) as socket:
        await subscribe(socket, "a", "subscription { silent }")
        await subscribe(socket, "a", "subscription { silent }")
        assert await close_code(socket) == 4409


async def test_no_introduction_closes_with_4408(serve_with: ServeFactory) -> None:
    async with serve_with(connection_init_timeout=0.01) as served, connection(served) as socket:
        assert await close_code(socket) == 4408


async def test_a_refused_sign_in_closes_with_4403_and_the_reason(served: Served) -> None:
    async with connection(served) as socket:
        await say(socket, "connection_init", payload={"Authorization": "Bearer bad"})
        assert await close_code(socket) == 4403
        assert socket.close_reason == "The token is not valid."


async def test_the_end_of_the_sign_in_closes_with_4403(served: Served) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=1)
    async with introduced(served, Authorization=f"Bearer ada@{soon.isoformat()}") as socket:
        await subscribe(socket, "a", "subscription { silent }")
        assert await close_code(socket) == 4403
    await asyncio.wait_for(served.witness.cancelled.wait(), SECONDS)


async def test_an_idle_connection_is_closed_a_busy_one_is_not(serve_with: ServeFactory) -> None:
    async with (
        serve_with(socket_idle_timeout=0.5) as served,
        introduced(served) as busy,
        introduced(served) as idle,
    ):
        await subscribe(busy, "a", "subscription { silent }")
        assert await close_code(idle) == 1000
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(busy.recv(), 0.5)
        served.witness.released.set()
        assert (await hear(busy))["type"] == "next"


async def test_too_many_operations_on_one_connection_are_refused(
    serve_with: ServeFactory,
) -> None:
    async with serve_with(max_operations_per_socket=1) as served, introduced(served) as socket:
        await subscribe(socket, "a", "subscription { silent }")
        await subscribe(socket, "b", "{ greeting }")
        message = await hear(socket)
        assert (message["type"], message["id"]) == ("error", "b")
        assert message["payload"][0]["extensions"]["code"] == "TOO_MANY_STREAMS"


async def test_too_many_connections_close_with_1013(serve_with: ServeFactory) -> None:
    async with (
        serve_with(max_streams=1) as served,
        introduced(served),
        connection(served) as second,
    ):
        assert await close_code(second) == 1013


async def test_another_subprotocol_closes_with_4406(served: Served) -> None:
    async with connection(served, subprotocols=None) as socket:
        assert await close_code(socket) == 4406


async def test_a_page_of_a_foreign_origin_does_not_get_in(serve_with: ServeFactory) -> None:
    async with serve_with(allowed_origins=["https://app.example"]) as served:
        with pytest.raises(InvalidStatus, match="403"):
            async with connection(served, origin="https://evil.example"):
                pass
        for origin in ("https://app.example", served.url):
            async with connection(served, origin=origin) as socket:
                await say(socket, "connection_init")
                assert (await hear(socket))["type"] == "connection_ack"


async def test_a_slow_reader_is_dropped_and_that_is_no_fault(
    serve_with: ServeFactory, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        serve_with(send_timeout=0.2) as served,
        connection(served, compression=None, max_queue=1) as reader,
    ):
        await say(reader, "connection_init")
        await hear(reader)
        reader.transport.pause_reading()
        await subscribe(reader, "a", "subscription { endless(size: 100000) }")
        await asyncio.wait_for(served.witness.cancelled.wait(), SECONDS)
        assert served.witness.sent < 200
        reader.transport.abort()
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
