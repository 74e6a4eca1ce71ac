"""A span for each GraphQL operation, by the semantic conventions for GraphQL servers."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from graphql import (
    EnumValueNode,
    FloatValueNode,
    IntValueNode,
    StringValueNode,
    Visitor,
    parse,
    print_ast,
    visit,
)
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer, get_current_span

from execution.cache import BoundedCache
from server.graphql_http.error_codes import ErrorCode
from server.graphql_http.observer import Observer
from server.graphql_http.operations import Operation

_FAULTS = frozenset(
    {
        ErrorCode.INTERNAL_SERVER_ERROR,
        ErrorCode.OPERATION_TIMEOUT,
        ErrorCode.SERVICE_UNAVAILABLE,
    }
)
"""Codes that say something of us. The others say something of the request."""


class TracedOperations:
    """An `Observer` around another one.

    The span's name bears the operation's only for trusted documents, as clients name the others as
    they like; the attribute always does. The document stands there without its literals, and
    variables nowhere.
    """

    def __init__(self, observer: Observer, tracer: Tracer) -> None:
        self._observer = observer
        self._tracer = tracer
        self._documents = Redacted()

    def running(self, operation: Operation) -> AbstractContextManager[object]:
        """See `Observer`."""
        return self._running(operation)

    @contextmanager
    def _running(self, operation: Operation) -> Iterator[None]:
        with (
            self._observer.running(operation),
            self._tracer.start_as_current_span(
                _name_of(operation),
                kind=SpanKind.SERVER,
                attributes={"graphql.operation.type": operation.kind.value},
                record_exception=False,  # messages and tracebacks can hold values
                set_status_on_exception=False,
            ) as span,
        ):
            if span.is_recording():
                if operation.name:
                    span.set_attribute("graphql.operation.name", operation.name)
                if operation.document.loc is not None:
                    text = self._documents.of(operation.document.loc.source.body)
                    span.set_attribute("graphql.document", text)
            yield

    def error_answered(self, code: str) -> None:
        """See `Observer`."""
        self._observer.error_answered(code)
        span = get_current_span()
        span.set_attribute("seatwise.error.code", code)
        if code in _FAULTS:
            span.set_status(Status(StatusCode.ERROR))
            span.set_attribute("error.type", code)

    def stream_opened(self) -> None:
        """See `Observer`."""
        self._observer.stream_opened()

    def stream_closed(self) -> None:
        """See `Observer`."""
        self._observer.stream_closed()


def _name_of(operation: Operation) -> str:
    if operation.is_trusted and operation.name:
        return f"{operation.kind.value} {operation.name}"
    return operation.kind.value


class Redacted:
    """Documents with `?` for every number and text that was written into them."""

    def __init__(self) -> None:
        self._kept: BoundedCache[str, str] = BoundedCache(max_entries=500, max_weight=500_000)

    def of(self, text: str) -> str:
        """The document of `text`, which is valid."""
        redacted = self._kept.get(text)
        if redacted is None:
            redacted = print_ast(visit(parse(text, no_location=True), _Redaction()))
            self._kept.put(text, redacted, weight=len(text))
        return redacted


class _Redaction(Visitor):
    _UNKNOWN = EnumValueNode(value="?")

    def enter_int_value(self, _node: IntValueNode, *_place: Any) -> EnumValueNode:
        return self._UNKNOWN

    def enter_float_value(self, _node: FloatValueNode, *_place: Any) -> EnumValueNode:
        return self._UNKNOWN

    def enter_string_value(self, _node: StringValueNode, *_place: Any) -> EnumValueNode:
        return self._UNKNOWN
