"""Event streams and parts over HTTP: which type is chosen, and how it is framed."""

import asyncio
import json
import socket
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from server.graphql_http.negotiation import Media, Shape, negotiate, read_accept
from tests.server.graphql_http.serving import SECONDS, Served, ServeFactory

APOLLO_EVENTS = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json"
APOLLO_PARTS = "multipart/mixed;deferSpec=20220824,application/graphql-response+json"
URQL = (
    "application/graphql-response+json, application/graphql+json, application/json, "
    "text/event-stream, multipart/mixed"
)
FUSION = "application/jsonl, text/event-stream, application/graphql-response+json, application/json"


@pytest.mark.parametrize(
    ("accept", "shape", "media"),
    [
        (None, Shape.SINGLE, Media.JSON),
        ("*/*", Shape.SINGLE, Media.JSON),
        ("application/*", Shape.SINGLE, Media.JSON),
        ("application/json, */*", Shape.SINGLE, Media.JSON),
        ("application/json;q=0.5, */*;q=0.1", Shape.SINGLE, Media.JSON),
        ("application/graphql-response+json, application/json;q=0.9", Shape.SINGLE, Media.GRAPHQL),
        ("application/graphql-response+json;q=0.1, application/json", Shape.SINGLE, Media.JSON),
        ("application/graphql-response+json;q=0, */*", Shape.SINGLE, Media.JSON),
        (URQL, Shape.SINGLE, Media.GRAPHQL),
        (URQL, Shape.EVENTS, Media.SSE),
        (URQL, Shape.INCREMENTAL, Media.MULTIPART),
        (FUSION, Shape.SINGLE, Media.GRAPHQL),
        (FUSION, Shape.EVENTS, Media.SSE),
        ("application/jsonl, text/event-stream;q=0.9", Shape.EVENTS, Media.JSON_LINES),
        ("text/event-stream", Shape.SINGLE, Media.SSE),
        (APOLLO_EVENTS, Shape.EVENTS, Media.MULTIPART),
        (APOLLO_EVENTS, Shape.SINGLE, Media.JSON),
        (APOLLO_EVENTS, Shape.INCREMENTAL, Media.JSON),
        (APOLLO_PARTS, Shape.INCREMENTAL, Media.MULTIPART),
        (APOLLO_PARTS, Shape.SINGLE, Media.GRAPHQL),
        ("*/*", Shape.EVENTS, Media.SSE),
        ("*/*", Shape.INCREMENTAL, Media.MULTIPART),
        ("application/json", Shape.INCREMENTAL, Media.JSON),
        ("text/event-stream, application/jsonl", Shape.SINGLE, Media.JSON_LINES),
        ("multipart/mixed, text/event-stream", Shape.SINGLE, Media.SSE),
        ("multipart/mixed", Shape.SINGLE, Media.MULTIPART),
        ("application/jsonl, text/event-stream", Shape.INCREMENTAL, Media.SSE),
        ("application/json, application/jsonl", Shape.INCREMENTAL, Media.JSON_LINES),
        ("application/json, application/graphql-response+json", Shape.INCREMENTAL, Media.GRAPHQL),
        (f"application/jsonl, {APOLLO_EVENTS}", Shape.EVENTS, Media.MULTIPART),
        ("*/*", Shape.BATCH, Media.JSON),
        (FUSION, Shape.BATCH, Media.JSON_LINES),
        (URQL, Shape.BATCH, Media.GRAPHQL),
        ("text/event-stream", Shape.BATCH, Media.SSE),
    ],
)
def test_the_operation_and_the_weights_choose_the_type(
    accept: str | None, shape: Shape, media: Media
) -> None:
    assert negotiate(read_accept(accept), shape=shape).media is media


@pytest.mark.parametrize(
    "accept", ["application/json", "application/graphql-response+json", APOLLO_PARTS]
)
async def test_a_subscription_needs_a_type_that_streams(served: Served, accept: str) -> None:
    response = await served.post({"query": "subscription { countdown }"}, accept=accept)
    assert response.status_code == 406
    assert "text/event-stream" in response.json()["errors"][0]["message"]


async def test_server_sent_events(served: Served) -> None:
    response = await served.post(
        {"query": "subscription { countdown(start: 2) }"}, accept="text/event-stream"
    )
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-store, no-transform"
    assert response.headers["x-accel-buffering"] == "no"
    assert response.text == (
        ":\n\n"
        'event: next\ndata: {"data":{"countdown":2}}\n\n'
        'event: next\ndata: {"data":{"countdown":1}}\n\n'
        "event: complete\ndata:\n\n"
    )


async def test_server_sent_events_by_get(served: Served) -> None:
    response = await served.http.get(
        "/graphql",
        params={"query": "subscription { countdown(start: 1) }"},
        headers={"accept": "text/event-stream"},
    )
    assert '"countdown":1' in response.text


async def test_a_request_error_is_an_event_for_who_reads_only_events(served: Served) -> None:
    response = await served.post({"query": "{"}, accept="text/event-stream")
    assert response.status_code == 200
    assert "GRAPHQL_PARSE_FAILED" in response.text
    assert response.text.endswith("event: complete\ndata:\n\n")


async def test_json_lines(served: Served) -> None:
    response = await served.post(
        {"query": "subscription { countdown(start: 2) }"}, accept="application/jsonl"
    )
    assert response.text == '{"data":{"countdown":2}}\n{"data":{"countdown":1}}\n'


async def test_multipart_subscriptions(served: Served) -> None:
    response = await served.post(
        {"query": "subscription { countdown(start: 1) }"}, accept=APOLLO_EVENTS
    )
    assert (
        response.headers["content-type"] == "multipart/mixed;boundary=graphql;subscriptionSpec=1.0"
    )
    assert response.text == (
        "--graphql\r\nContent-Type: application/json\r\n\r\n"
        '{"payload":{"data":{"countdown":1}}}\r\n--graphql--\r\n'
    )


async def test_a_source_that_breaks_ends_the_stream_with_a_masked_error(served: Served) -> None:
    response = await served.post({"query": "subscription { breaking }"}, accept="application/jsonl")
    first, last = map(json.loads, response.text.splitlines())
    assert first == {"data": {"breaking": 1}}
    assert last["errors"][0]["message"] == "Internal Server Error"


@pytest.mark.parametrize(
    ("accept", "sign"),
    [("text/event-stream", ":"), ("application/jsonl", ""), (APOLLO_EVENTS, "{}")],
)
async def test_a_silent_stream_shows_that_it_lives(
    serve_with: ServeFactory, accept: str, sign: str
) -> None:
    async with serve_with(keep_alive_interval=0.01) as served:
        request = served.http.stream(
            "POST",
            "/graphql",
            json={"query": "subscription { silent }"},
            headers={"accept": accept},
        )
        async with request as response:
            lines = response.aiter_lines()
            for _ in range(3):
                while await asyncio.wait_for(anext(lines), SECONDS) != sign:
                    pass
            served.witness.released.set()
            assert any(["released" in line async for line in lines])


async def test_a_stream_ends_with_the_sign_in(served: Served) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=1)
    response = await served.post(
        {"query": "subscription { silent }"},
        accept="application/jsonl",
        authorization=f"Bearer ada@{soon.isoformat()}",
    )
    (error,) = json.loads(response.text)["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert served.witness.cancelled.is_set()


async def test_a_stream_ends_with_the_process_as_if_the_connection_were_lost(
    served: Served,
) -> None:
    request = asyncio.create_task(
        served.post({"query": "subscription { silent }"}, accept="text/event-stream")
    )
    await served.witness.started.wait()
    served.stopping.set()
    assert (await request).text == ":\n\n"
    assert served.witness.cancelled.is_set()


async def test_too_many_streams_are_refused(serve_with: ServeFactory) -> None:
    query = {"query": "subscription { silent }"}
    async with serve_with(max_streams=1) as served:
        for _ in range(2):  # one that ends makes room for one
            first = asyncio.create_task(served.post(query, accept="text/event-stream"))
            await asyncio.wait_for(served.witness.started.wait(), SECONDS)
            second = await served.post(query, accept="text/event-stream")
            assert second.status_code == 503
            assert second.headers["retry-after"] == "10"
            assert second.json()["errors"][0]["extensions"]["code"] == "TOO_MANY_STREAMS"
            served.witness.released.set()
            assert "released" in (await first).text
            served.witness.started.clear()
            served.witness.released.clear()


async def test_a_slow_reader_is_dropped_and_nothing_is_buffered_for_it(
    serve_with: ServeFactory,
) -> None:
    body = json.dumps({"query": "subscription { endless(size: 100000) }"}).encode()
    async with serve_with(send_timeout=0.2) as served:
        reader = socket.create_connection(("127.0.0.1", urlsplit(served.url).port))
        reader.sendall(
            b"POST /graphql HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        )
        await asyncio.wait_for(served.witness.cancelled.wait(), SECONDS)
        assert served.witness.sent < 200  # some MB stand in the kernel's buffers, no more
        reader.close()


DEFERRED = """
query {
  greeting
  shelf { selfAgain { __typename } }
  ... @defer(label: "books") {
    books(first: 2) { title ... @defer { summary } }
    shelf { edges { __typename } }
  }
  streamedBooks @stream(initialCount: 1) { title }
}
"""
WHOLE = {
    "greeting": "Hello, world",
    "shelf": {"selfAgain": {"__typename": "Shelf"}, "edges": [{"__typename": "Edge"}] * 4},
    "streamedBooks": [{"title": f"Book {n}"} for n in range(1, 5)],
    "books": [
        {"title": "Book 1", "summary": "About Book 1"},
        {"title": "Book 2", "summary": "About Book 2"},
    ],
}


async def test_who_takes_no_parts_gets_the_whole_result(served: Served) -> None:
    response = await served.post({"query": DEFERRED}, accept="application/json")
    assert response.json() == {"data": WHOLE}


async def test_parts_of_2022_bear_their_paths(served: Served) -> None:
    response = await served.post({"query": DEFERRED}, accept=APOLLO_PARTS)
    assert response.headers["content-type"] == 'multipart/mixed; boundary="-"; deferSpec=20220824'
    first, *rest = _parts(response.text)
    assert first["hasNext"] is True
    data = first["data"]
    for part in rest:
        for patch in part.get("incremental", ()):
            _apply_2022(data, patch)
    assert data == WHOLE
    assert rest[-1]["hasNext"] is False


async def test_newer_parts_bear_ids(served: Served) -> None:
    response = await served.post(
        {"query": DEFERRED}, accept="multipart/mixed;incrementalSpec=v0.2, application/json"
    )
    assert response.headers["content-type"].endswith("incrementalSpec=v0.2")
    first, *rest = _parts(response.text)
    assert first["hasNext"] is True
    data = first["data"]
    named: dict[str, Any] = {}
    for part in (first, *rest):
        named |= {pending["id"]: pending for pending in part.get("pending", ())}
        for patch in part.get("incremental", ()):
            _apply_newer(data, patch, within=named[patch["id"]]["path"])
    assert data == WHOLE
    assert [pending["label"] for pending in named.values() if "label" in pending] == ["books"]
    assert set(named) == {done["id"] for part in rest for done in part.get("completed", ())}
    assert rest[-1]["hasNext"] is False


@pytest.mark.parametrize(
    ("query", "failed", "data"),
    [
        (
            '{ greeting ... @defer(label: "late") { requiredFault } }',
            {"data": None, "path": [], "label": "late"},
            {"greeting": "Hello, world"},
        ),
        (
            '{ breakingBooks @stream(initialCount: 1, label: "late") { title } }',
            {"items": None, "path": ["breakingBooks", 1], "label": "late"},
            {"breakingBooks": [{"title": "Book 1"}]},
        ),
    ],
)
async def test_a_part_that_fails_whole_says_so(
    served: Served, query: str, failed: dict[str, Any], data: dict[str, Any]
) -> None:
    response = await served.post({"query": query}, accept=APOLLO_PARTS)
    *_, last = _parts(response.text)
    errors = last["incremental"][0]["errors"]
    assert last == {"incremental": [failed | {"errors": errors}], "hasNext": False}
    newer = await served.post({"query": query}, accept="multipart/mixed;incrementalSpec=v0.2")
    *_, last = _parts(newer.text)
    (done,) = last["completed"]
    whole = (await served.post({"query": query}, accept="application/json")).json()
    assert whole["data"] == data
    for (error,) in (errors, done["errors"], whole["errors"]):
        assert error["message"] == "Internal Server Error"
        assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"


async def test_the_whole_result_has_the_errors_of_its_first_part_too(served: Served) -> None:
    query = "{ fault ... @defer { requiredFault } }"
    response = await served.post({"query": query}, accept="application/json")
    assert [e["path"] for e in response.json()["errors"]] == [["fault"], ["requiredFault"]]


def _parts(text: str) -> list[dict[str, Any]]:
    assert text.startswith("---\r\n")
    assert text.endswith("\r\n-----\r\n")
    return [json.loads(part.split("\r\n\r\n", 1)[1]) for part in text.split("\r\n---")[:-1]]


def _apply_newer(data: Any, patch: dict[str, Any], *, within: list[str | int]) -> None:
    for key in (*within, *patch.get("subPath", ())):
        data = data[key]
    if "items" in patch:
        data.extend(patch["items"])
    else:
        data.update(patch["data"])


def _apply_2022(data: Any, patch: dict[str, Any]) -> None:
    """Put a patch in place as clients do, which shows that its path is right."""
    *path, last = patch["path"] or [None]
    target = data
    for key in path:
        target = target[key]
    if "items" in patch:
        assert last == len(target)
        target.extend(patch["items"])
    else:
        (target if last is None else target[last]).update(patch["data"])
