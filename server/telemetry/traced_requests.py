"""A span for each HTTP request, by the semantic conventions for HTTP servers."""

from typing import Any

from opentelemetry import propagate
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SILENT = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked for every few seconds, by machines."""
_FAULT = 500


class TracedRequests:
    """ASGI middleware. The caller's `traceparent` is continued.

    Of the request it tells the method, the path and how it ended: no query, no header, no body.
    WebSockets have no span of their own, for they last for hours; their operations have.
    """

    def __init__(self, app: ASGIApp, *, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the request within its span."""
        if scope["type"] != "http" or scope["path"] in _SILENT:
            await self._app(scope, receive, send)
            return
        with self._tracer.start_as_current_span(
            scope["method"],
            context=propagate.extract(_headers(scope)),
            kind=SpanKind.SERVER,
            attributes=_described(scope),
            record_exception=False,  # messages and tracebacks can hold values
            set_status_on_exception=False,
        ) as span:
            await self._run(scope, receive, send, span)

    async def _run(self, scope: Scope, receive: Receive, send: Send, span: Span) -> None:
        async def send_noting_status(message: Message) -> None:
            if message["type"] == "http.response.start":
                _note_status(span, message["status"])
            await send(message)

        try:
            await self._app(scope, receive, send_noting_status)
        except Exception as fault:
            _fail(span, type(fault).__qualname__)
            raise
        finally:
            if (path := getattr(scope.get("route"), "path", None)) is not None:
                span.update_name(f"{scope['method']} {path}")
                span.set_attribute("http.route", path)


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _described(scope: Scope) -> dict[str, Any]:
    return {
        "http.request.method": scope["method"],
        "url.path": scope["path"],
        "url.scheme": scope["scheme"],
        "network.protocol.version": scope["http_version"],
    }


def _note_status(span: Span, status: int) -> None:
    span.set_attribute("http.response.status_code", status)
    if status >= _FAULT:
        _fail(span, str(status))


def _fail(span: Span, kind: str) -> None:
    span.set_status(Status(StatusCode.ERROR))
    span.set_attribute("error.type", kind)
