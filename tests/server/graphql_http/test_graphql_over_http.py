"""One HTTP exchange: methods, media types, bodies, statuses. JSON with a code, whatever comes."""

from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from tests.server.graphql_http.serving import Served, ServeFactory

GRAPHQL = "application/graphql-response+json"
JSON = {"content-type": "application/json"}


def codes(response: httpx.Response) -> list[str]:
    return [error["extensions"]["code"] for error in response.json()["errors"]]


async def test_a_query_by_post(served: Served) -> None:
    response = await served.post({"query": "{ greeting }"}, accept=GRAPHQL)
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{GRAPHQL}; charset=utf-8"
    assert set(response.headers["vary"].split(", ")) == {"Accept", "Origin"}
    assert response.headers["cache-control"] == "no-store", "it is for the one who asked"
    assert response.json() == {"data": {"greeting": "Hello, world"}}


async def test_a_query_by_get_with_variables(served: Served) -> None:
    response = await served.http.get(
        "/graphql",
        params={
            "query": "query Q($name: String!) { greeting(name: $name) }",
            "variables": '{"name": "Ada"}',
            "operationName": "Q",
        },
    )
    assert response.json() == {"data": {"greeting": "Hello, Ada"}}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"1",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b'{"query": "\xff"}',
        b'{"query": "{ greeting }", "variables": 1}',
        b'{"query": "{ greeting }", "variables": NaN}',
        b'{"query": {}}',
        b'{"query": ""}',
        b'{"operationName": "A"}',
        b"[" * 100_000,
        b'{"query": "\\ud800"}',
    ],
)
async def test_what_is_no_request_is_answered_with_json_and_a_code(
    served: Served, body: bytes
) -> None:
    response = await served.http.post("/graphql", content=body, headers=JSON)
    assert response.status_code == 400
    assert codes(response) == ["BAD_REQUEST"]


@pytest.mark.parametrize("depth", [50, 500, 3_000])
@pytest.mark.parametrize(("opening", "closing"), [("{a", "}"), ("{a(b:[", "]"), ("{a(b:{c:", "}")])
async def test_a_deeply_nested_document_is_refused(
    served: Served, opening: str, closing: str, depth: int
) -> None:
    response = await served.post({"query": opening * depth + closing * depth}, accept=GRAPHQL)
    assert response.status_code == 400
    assert set(codes(response)) <= {
        "GRAPHQL_PARSE_FAILED",
        "GRAPHQL_VALIDATION_FAILED",
        "LIMIT_EXCEEDED",
    }


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin-1",
        "",
    ],
)
async def test_only_json_in_utf8_is_read(served: Served, content_type: str) -> None:
    response = await served.http.post(
        "/graphql", content=b'{"query": "{ greeting }"}', headers={"content-type": content_type}
    )
    assert response.status_code == 415
    assert codes(response) == ["UNSUPPORTED_MEDIA_TYPE"]


async def test_an_encoded_body_is_not_read(served: Served) -> None:
    response = await served.http.post(
        "/graphql", content=b"x", headers={**JSON, "content-encoding": "gzip"}
    )
    assert response.status_code == 415


async def test_a_long_body_is_refused_by_its_declared_length(serve_with: ServeFactory) -> None:
    async with serve_with(max_body_bytes=100) as served:
        response = await served.post({"query": "#" * 100})
        assert response.status_code == 413
        assert codes(response) == ["PAYLOAD_TOO_LARGE"]


async def test_a_long_body_is_refused_while_it_streams_in(serve_with: ServeFactory) -> None:
    async def endless() -> Any:
        for _ in range(1_000):
            yield b" " * 1_000

    async with serve_with(max_body_bytes=10_000) as served:
        response = await served.http.post("/graphql", content=endless(), headers=JSON)
        assert response.status_code == 413


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
async def test_other_methods_are_refused_with_allow(served: Served, method: str) -> None:
    response = await served.http.request(method, "/graphql")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


async def test_a_mutation_by_get_is_refused_and_does_not_run(served: Served) -> None:
    response = await served.http.get("/graphql", params={"query": "mutation { count }"})
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert codes(response) == ["METHOD_NOT_ALLOWED"]
    assert served.witness.counter == 0


@pytest.mark.parametrize(
    ("accept", "written"),
    [
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, application/json;q=0.9", GRAPHQL),
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("text/event-stream", "application/json"),
        ("image/png", "application/json"),
    ],
)
async def test_a_refusal_is_written_as_the_type_that_the_client_believes(
    served: Served, accept: str, written: str
) -> None:
    """By a status of 4xx, `application/json` may come from a proxy: clients do not read it."""
    for request in (
        {"method": "POST", "content": b"{", "headers": {**JSON, "accept": accept}},
        {"method": "POST", "content": b"{}", "headers": {"accept": accept}},
        {"method": "PUT", "headers": {"accept": accept}},
        {"method": "POST", "headers": {**JSON, "accept": accept, "sec-fetch-site": "cross-site"}},
    ):
        response = await served.http.request(url="/graphql", **request)
        assert response.status_code in {400, 403, 405, 415}
        assert response.headers["content-type"] == f"{written}; charset=utf-8"
        assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "accept",
    ["image/png", "application/xml, text/csv;q=0.5", "*/*;q=0", "application/json;q=high"],
)
async def test_an_unknown_accept_is_406_before_anything_runs(served: Served, accept: str) -> None:
    response = await served.post({"query": "mutation { count }"}, accept=accept)
    assert response.status_code == 406
    assert codes(response) == ["NOT_ACCEPTABLE"]
    assert served.witness.counter == 0


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("query Q($first: Int!) { books(first: $first) { title } }", "BAD_USER_INPUT"),
        ("query A { greeting } query B { greeting }", "OPERATION_RESOLUTION_FAILURE"),
        ("fragment F on Query { greeting }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_a_request_error_has_a_status_by_the_media_type_and_no_data(
    served: Served, query: str, code: str
) -> None:
    for accept, status in ((GRAPHQL, 400), ("application/json", 200)):
        response = await served.post({"query": query}, accept=accept)
        assert response.status_code == status
        assert "data" not in response.json()
        assert set(codes(response)) == {code}


async def test_an_unknown_operation_name_is_a_request_error(served: Served) -> None:
    payload = {"query": "query A { greeting }", "operationName": "B"}
    response = await served.post(payload, accept=GRAPHQL)
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"] == 'The document has no operation named "B".'


async def test_an_empty_operation_name_is_none(served: Served) -> None:
    response = await served.post({"query": "query A { greeting }", "operationName": ""})
    assert response.json() == {"data": {"greeting": "Hello, world"}}


async def test_a_chosen_error_reaches_the_client(served: Served) -> None:
    response = await served.post({"query": "{ secret greeting }"}, accept=GRAPHQL)
    assert response.status_code == 200
    assert response.json() == {
        "errors": [
            {
                "message": "You may not.",
                "locations": [{"line": 1, "column": 3}],
                "path": ["secret"],
                "extensions": {"code": "FORBIDDEN"},
            }
        ],
        "data": {"secret": None, "greeting": "Hello, world"},
    }


@pytest.mark.parametrize("query", ["{ fault }", "{ requiredFault }", "{ books { broken } }"])
async def test_a_fault_is_masked_and_logged_under_the_same_id(served: Served, query: str) -> None:
    with capture_logs() as logs:
        response = await served.post({"query": query}, accept=GRAPHQL)
    assert response.status_code == 200
    assert "hunter2" not in response.text
    for error, logged in zip(response.json()["errors"], logs, strict=True):
        assert error["message"] == "Internal Server Error"
        assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        assert error["extensions"]["requestId"] == logged["request_id"]
        assert isinstance(logged["exc_info"], RuntimeError)


async def test_294_is_for_partial_success_when_switched_on(serve_with: ServeFactory) -> None:
    async with serve_with(partial_success_status=True) as served:
        assert (await served.post({"query": "{ secret }"}, accept=GRAPHQL)).status_code == 294
        assert (await served.post({"query": "{ greeting }"}, accept=GRAPHQL)).status_code == 200
        assert (await served.post({"query": "{ secret }"})).status_code == 200


async def test_a_refused_sign_in_is_401_with_its_challenge(served: Served) -> None:
    response = await served.post({"query": "{ viewer }"}, authorization="Bearer bad")
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert codes(response) == ["UNAUTHENTICATED"]


async def test_a_browser_gets_the_ide(served: Served) -> None:
    headers = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    response = await served.http.get("/graphql", headers=headers)
    assert "IDE" in response.text


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_page_of_a_foreign_origin_is_refused(served: Served, site: str) -> None:
    headers = {"sec-fetch-site": site, "origin": "https://evil.example"}
    response = await served.http.get("/graphql", params={"query": "{ greeting }"}, headers=headers)
    assert response.status_code == 403
    assert codes(response) == ["CROSS_SITE_REQUEST_REFUSED"]


@pytest.mark.parametrize("allowed", ["https://app.example", "*"])
async def test_a_page_of_an_allowed_origin_is_answered(
    serve_with: ServeFactory, allowed: str
) -> None:
    origin = "https://app.example"
    async with serve_with(allowed_origins=[allowed], allow_private_network=True) as served:
        headers = {"sec-fetch-site": "cross-site", "origin": origin}
        response = await served.http.get(
            "/graphql", params={"query": "{ greeting }"}, headers=headers
        )
        assert response.status_code == 200
        assert response.headers["access-control-allow-origin"] == allowed
        readable = response.headers["access-control-expose-headers"]
        assert readable == "Retry-After, WWW-Authenticate, X-Request-ID"
        preflight = await served.http.options(
            "/graphql",
            headers={
                "origin": origin,
                "access-control-request-method": "POST",
                "access-control-request-headers": "content-type, authorization",
                "access-control-request-private-network": "true",
            },
        )
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-private-network"] == "true"


async def test_introspection_can_be_switched_off(serve_with: ServeFactory) -> None:
    async with serve_with(introspection=False) as served:
        for query in ("{ __schema { types { name } } }", '{ __type(name: "Book") { name } }'):
            response = await served.post({"query": query})
            assert set(codes(response)) == {"INTROSPECTION_DISABLED"}
        assert (await served.post({"query": "{ __typename }"})).json() == {
            "data": {"__typename": "Query"}
        }


async def test_suggestions_can_be_switched_off(served: Served, serve_with: ServeFactory) -> None:
    typo = {"query": "{ greting }"}
    assert "Did you mean 'greeting'" in (await served.post(typo)).text
    async with serve_with(suggestions=False) as silent:
        assert "Did you mean" not in (await silent.post(typo)).text
