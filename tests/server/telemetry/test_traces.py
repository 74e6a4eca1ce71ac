"""What a collector receives: real processes, and a receiver of OTLP over HTTP that decodes it."""

import asyncio
import gzip
import secrets
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.start_error import StartError
from server.telemetry import tracing
from server.telemetry.traced_calls import summary_of, template_of
from server.telemetry.traced_operations import Redacted
from tests.conftest import ServeApp
from tests.server.processes import SECONDS, Running, running, running_server
from tests.stack import WEBHOOK_SECRET, ServedStack, running_stack, settings_for

EMAIL = "ann.secret@example.com"
INVITED = "invited.secret@example.com"
NAME = "secretly"
SERVER, CLIENT, CONSUMER = Span.SPAN_KIND_SERVER, Span.SPAN_KIND_CLIENT, Span.SPAN_KIND_CONSUMER


@dataclass
class Collector:
    """A receiver of OTLP/HTTP."""

    spans: list[Span] = field(default_factory=list)
    services: set[str] = field(default_factory=set)
    raw: bytes = b""

    async def receive(self, request: Request) -> Response:
        body = await request.body()
        if request.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        assert request.headers["content-type"] == "application/x-protobuf"
        self.raw += body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.services.add(attributes(resource.resource)["service.name"])
            for scope in resource.scope_spans:
                self.spans.extend(scope.spans)
        return Response(b"", media_type="application/x-protobuf")

    def of(self, trace_id: str) -> list[Span]:
        return [span for span in self.spans if span.trace_id.hex() == trace_id]

    async def until(self, *names: str, trace_id: str | None = None) -> list[Span]:
        """Wait until spans of these names are there; all of their trace."""
        found: list[Span] = []
        try:
            async with asyncio.timeout(SECONDS):
                while not set(names) <= {span.name for span in found}:
                    await asyncio.sleep(0.05)
                    found = self.spans if trace_id is None else self.of(trace_id)
        except TimeoutError:
            raise AssertionError(f"{names} are not all of {[one.name for one in found]}") from None
        return list(found)


def attributes(described: Any) -> dict[str, Any]:
    return {
        one.key: getattr(one.value, str(one.value.WhichOneof("value")))
        for one in described.attributes
    }


def named(spans: list[Span], name: str) -> Span:
    [span] = [one for one in spans if one.name == name]
    return span


@dataclass
class Traced:
    stack: ServedStack
    collector: Collector
    server: Running

    async def ask(
        self, query: str, *, trace_id: str | None = None, **variables: Any
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.stack.token(EMAIL)}"}
        if trace_id:
            headers["traceparent"] = f"00-{trace_id}-00f067aa0ba902b7-01"
        async with httpx.AsyncClient(timeout=SECONDS) as http:
            answer = await http.post(
                f"{self.stack.url}/graphql",
                json={"query": query, "variables": variables},
                headers=headers,
            )
        shown: dict[str, Any] = answer.json()
        assert "errors" not in shown, shown
        return shown


@pytest.fixture
async def traced(
    database_url: str,
    sandbox_process: str,
    tmp_path: Path,
    unused_port: Callable[[], int],
    serve_app: ServeApp,
) -> AsyncIterator[Traced]:
    """A server and a worker that send what they do to a collector."""
    collector = Collector()
    receiver = Starlette(routes=[Route("/v1/traces", collector.receive, methods=["POST"])])
    settings = settings_for(database_url, sandbox_process, tmp_path, port=unused_port())
    async with running_stack(settings) as stack, serve_app(receiver) as receiver_url:
        variables = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": receiver_url,
            "OTEL_BSP_SCHEDULE_DELAY": "100",
            "SEATWISE_LOG_LEVEL": "debug",
        }
        async with (
            running_server(settings=settings, directory=tmp_path, **variables) as server,
            running("worker", settings=settings, directory=tmp_path, **variables),
        ):
            url = settings.local_url
            await stack.sandbox.send_webhooks_to(f"{url}/webhooks/stripe", secret=WEBHOOK_SECRET)
            served = ServedStack(stack.services, settings, stack.sandbox, stack.http, url)
            yield Traced(served, collector, server)


CREATE = """
    mutation Create($name: String!) {
      createOrganization(input: { name: $name, displayName: "A secret name" }) {
        organization { id }
        errors { ... on Error { code } }
      }
    }
"""
SELECT = """
    mutation ($id: ID!) {
      selectPlan(input: { organizationId: $id, plan: "PRO", interval: MONTHLY, seats: 3 }) {
        billingSession { url }
        errors { ... on Error { code } }
      }
    }
"""


async def test_one_trace_from_the_caller_to_postgres_stripe_and_the_worker(traced: Traced) -> None:
    first, second = secrets.token_hex(16), secrets.token_hex(16)
    created = await traced.ask(CREATE, trace_id=first, name=NAME)
    organization = created["data"]["createOrganization"]["organization"]["id"]

    spans = await traced.collector.until("POST /graphql", "mutation", trace_id=first)
    request, operation = named(spans, "POST /graphql"), named(spans, "mutation")
    assert request.parent_span_id.hex() == "00f067aa0ba902b7", "the caller's span goes on"
    assert (request.kind, operation.kind) == (SERVER, SERVER)
    assert operation.parent_span_id == request.span_id
    assert attributes(request) == {
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "http.route": "/graphql",
        "network.protocol.version": "1.1",
        "url.path": "/graphql",
        "url.scheme": "http",
    }
    told = attributes(operation)
    assert told["graphql.operation.type"] == "mutation"
    assert told["graphql.operation.name"] == "Create"
    assert "displayName: ?" in told["graphql.document"]
    statements = [span for span in spans if attributes(span).get("db.system.name")]
    assert {"INSERT organizations", "SELECT organizations"} <= {one.name for one in statements}
    assert {span.kind for span in statements} == {CLIENT}
    inserted = named(statements, "INSERT organizations")
    assert inserted.parent_span_id == operation.span_id
    assert "$1" in attributes(inserted)["db.query.text"]
    assert operation.start_time_unix_nano <= inserted.start_time_unix_nano
    assert inserted.end_time_unix_nano <= operation.end_time_unix_nano

    async with asyncio.timeout(SECONDS):  # a busy machine's sandbox may be too slow at first
        while not await select_plan(traced, organization, trace_id=second):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    spans = await traced.collector.until("POST /v1/checkout/sessions", trace_id=second)
    calls = [span for span in spans if span.name == "POST /v1/checkout/sessions"]
    assert {span.kind for span in calls} == {CLIENT}
    assert attributes(calls[-1])["http.response.status_code"] == 200

    await traced.stack.settled()  # Stripe told of the new customer
    spans = await traced.collector.until("process sync_event")
    job = next(span for span in spans if span.name == "process sync_event")
    assert job.kind == CONSUMER
    assert attributes(job)["messaging.system"] == "pgqueuer"
    around = await traced.collector.until("POST /webhooks/stripe", trace_id=job.trace_id.hex())
    assert job.parent_span_id == named(around, "POST /webhooks/stripe").span_id
    assert not any(span.name.endswith(("/readyz", "/healthz")) for span in traced.collector.spans)
    assert traced.collector.services == {"seatwise"}

    for secret in (EMAIL, INVITED, NAME, "A secret name", traced.stack.token(EMAIL), "cus_"):
        assert secret.encode() not in traced.collector.raw, secret
    [line] = [
        line
        for line in traced.server.lines()
        if line["message"] == "request" and line.get("trace_id") == first
    ]
    assert line["span_id"] == request.span_id.hex()


async def select_plan(traced: Traced, organization: str, *, trace_id: str) -> bool:
    answer = await traced.ask(SELECT, trace_id=trace_id, id=organization)
    return answer["data"]["selectPlan"]["billingSession"] is not None


async def test_a_process_that_ends_sends_what_it_has(traced: Traced) -> None:
    trace_id = secrets.token_hex(16)
    await traced.ask("{ viewer { id } }", trace_id=trace_id)
    assert await traced.server.end() in {0, -signal.SIGTERM}  # uvicorn repeats the signal
    assert {"POST /graphql", "query"} <= {span.name for span in traced.collector.of(trace_id)}


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_the_environment_says_whether(environment: dict[str, str], *, wanted: bool) -> None:
    assert tracing.is_wanted(environment) is wanted


def test_a_protocol_that_we_do_not_speak_is_no_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    with pytest.raises(StartError, match="OTEL_EXPORTER_OTLP_PROTOCOL is grpc"):
        tracing.start_tracing()


def test_a_document_is_told_without_its_literals() -> None:
    text = """query Q($a: Int = 7) {
      f(t: "s3cret", n: 12, e: RED, l: [{ x: 1.5 }], v: $a) @skip(if: true)
    }"""
    told = Redacted().of(text)
    assert "RED" in told
    assert "$a" in told
    for literal in ("s3cret", "12", "7", "1.5"):
        assert literal not in told


@pytest.mark.parametrize(
    ("sql", "summary"),
    [
        ("SELECT a.b\nFROM organizations a JOIN x ON true", "SELECT organizations"),
        ("insert into jobs.pgqueuer (a) values ($1)", "INSERT jobs.pgqueuer"),
        ("UPDATE seats SET x = $1", "UPDATE seats"),
        ("SELECT pg_notify($1, $2)", "SELECT"),
        ("", "?"),
    ],
)
def test_a_statement_is_named_by_what_it_does(sql: str, summary: str) -> None:
    assert summary_of(sql) == summary


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/v1/customers", "/v1/customers"),
        ("/v1/customers/cus_Q9x", "/v1/customers/{id}"),
        ("/v1/checkout/sessions/cs_test_a1/expire", "/v1/checkout/sessions/{id}/expire"),
        ("/v1/invoices/create_preview", "/v1/invoices/create_preview"),
    ],
)
def test_a_call_of_stripe_is_named_without_ids(path: str, template: str) -> None:
    assert template_of(path) == template
