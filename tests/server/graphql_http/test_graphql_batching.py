"""Several operations in one call."""

import json
from typing import Any

import pytest

from tests.server.graphql_http.serving import Served, ServeFactory

HELLO = "query Hello($name: String!) { greeting(name: $name) }"
FUSION = "application/jsonl, text/event-stream, application/graphql-response+json, application/json"


def hello(name: str) -> dict[str, Any]:
    return {"query": HELLO, "variables": {"name": name}}


async def test_an_array_is_answered_in_its_order(served: Served) -> None:
    response = await served.post([hello("Ada"), {"query": "{ nope }"}, hello("Bob")])
    assert response.status_code == 200
    first, second, third = response.json()
    assert first == {"requestIndex": 0, "data": {"greeting": "Hello, Ada"}}
    assert second["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert third == {"requestIndex": 2, "data": {"greeting": "Hello, Bob"}}


async def test_a_slow_result_keeps_its_place_in_the_array(served: Served) -> None:
    """Summaries take a turn of the loop each; without a book there is none."""
    slow = {"query": "query Q($n: Int!) { books(first: $n) { summary } }"}
    response = await served.post([slow | {"variables": [{"n": 1}, {"n": 0}]}, hello("Ada")])
    assert [(r["requestIndex"], r.get("variableIndex")) for r in response.json()] == [
        (0, 0),
        (0, 1),
        (1, None),
    ]


async def test_sets_of_variables_as_a_gateway_sends_them(served: Served) -> None:
    payload = {"query": HELLO, "variables": [{"name": "Ada"}, {}, {"name": "Bob"}]}
    response = await served.post(payload, accept=FUSION)
    assert response.headers["content-type"] == "application/jsonl; charset=utf-8"
    results = {result["variableIndex"]: result for result in _lines(response.text)}
    assert results[0]["data"] == {"greeting": "Hello, Ada"}
    assert results[1]["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert results[2]["data"] == {"greeting": "Hello, Bob"}


async def test_requests_with_sets_of_variables(served: Served) -> None:
    sets = {"query": HELLO, "variables": [{"name": "Ada"}, {"name": "Bob"}]}
    response = await served.post([sets, {"query": "{ viewer }"}], accept="application/jsonl")
    places = {(r["requestIndex"], r.get("variableIndex")) for r in _lines(response.text)}
    assert places == {(0, 0), (0, 1), (1, None)}
    array = (await served.post([sets, {"query": "{ viewer }"}])).json()
    assert [(r["requestIndex"], r.get("variableIndex")) for r in array] == [
        (0, 0),
        (0, 1),
        (1, None),
    ]


async def test_a_fast_result_does_not_wait_for_a_slow_one(served: Served) -> None:
    request = served.http.stream(
        "POST",
        "/graphql",
        json=[{"query": "{ forever }"}, {"query": "{ greeting }"}],
        headers={"accept": "application/jsonl"},
    )
    async with request as response:
        lines = response.aiter_lines()
        assert json.loads(await anext(lines))["requestIndex"] == 1
        served.witness.released.set()
        assert json.loads(await anext(lines)) == {
            "requestIndex": 0,
            "data": {"forever": "released"},
        }


async def test_a_batch_with_mutations_runs_in_order(served: Served) -> None:
    response = await served.post([{"query": "mutation { count }"}] * 5)
    assert [result["data"]["count"] for result in response.json()] == [1, 2, 3, 4, 5]


async def test_what_has_no_single_result_is_no_part_of_a_batch(served: Served) -> None:
    response = await served.post([{"query": "subscription { countdown }"}, hello("Ada")])
    first, second = response.json()
    assert first["errors"][0]["extensions"]["code"] == "BATCH_REFUSED"
    assert second["data"] == {"greeting": "Hello, Ada"}
    deferred = await served.post(
        [{"query": "{ greeting ... @defer { books(first: 1) { title } } }"}]
    )
    assert deferred.json()[0]["data"] == {
        "greeting": "Hello, world",
        "books": [{"title": "Book 1"}],
    }


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ([], "A batch has 1 to 3 operations, not 0."),
        ({"query": HELLO, "variables": []}, "A batch has 1 to 3 operations, not 0."),
        ([hello("Ada")] * 4, "A batch has 1 to 3 operations, not 4."),
        (
            {"query": HELLO, "variables": [{"name": "Ada"}] * 4},
            "A batch has at most 3 sets of variables, not 4.",
        ),
        (
            [{"query": HELLO, "variables": [{"name": "Ada"}] * 2}] * 2,
            "A batch has 1 to 3 operations, not 4.",
        ),
    ],
)
async def test_a_batch_is_bounded(serve_with: ServeFactory, payload: Any, message: str) -> None:
    async with serve_with(max_batch=3) as served:
        response = await served.post(payload)
        assert response.status_code == 400
        (error,) = response.json()["errors"]
        assert error == {"message": message, "extensions": {"code": "BATCH_REFUSED"}}
        assert len((await served.post([hello("Ada")] * 3)).json()) == 3


@pytest.mark.parametrize("payload", [[1], [None], [[hello("Ada")]], [{"variables": {}}]])
async def test_a_member_that_is_no_request_refuses_the_batch(served: Served, payload: Any) -> None:
    response = await served.post(payload)
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_batches_can_be_switched_off(serve_with: ServeFactory) -> None:
    async with serve_with(max_batch=0) as served:
        response = await served.post([hello("Ada")])
        (error,) = response.json()["errors"]
        assert error["message"] == "Batches are switched off here."
        assert error["extensions"]["code"] == "BATCH_REFUSED"
        assert (await served.post(hello("Ada"))).status_code == 200


async def test_a_refused_sign_in_refuses_the_whole_batch(served: Served) -> None:
    response = await served.post([hello("Ada")], authorization="Bearer bad")
    assert response.status_code == 401


def _lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]
