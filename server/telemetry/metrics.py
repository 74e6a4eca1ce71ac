"""What is counted, in Prometheus' terms.

With several worker processes, `PROMETHEUS_MULTIPROC_DIR` names a directory that they share; then
each of them answers for all. It has to be set before this module is loaded.
"""

import os
from typing import ClassVar

from graphql import OperationType
from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

SHARED_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"

_MOST_NAMES = 200
_OTHER = "other"
_ANONYMOUS = "anonymous"

_OPERATIONS = Histogram(
    "seatwise_graphql_operation_seconds",
    "How long operations take, by kind and name.",
    ["kind", "name"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
_ERRORS = Counter("seatwise_graphql_errors", "Errors given to clients, by code.", ["code"])
_STREAMS = Gauge(
    "seatwise_graphql_streams", "Open event streams and WebSockets.", multiprocess_mode="livesum"
)


class EndpointMetrics:
    """Counts what the GraphQL endpoint does: its `Observer`.

    Clients choose the names of operations, so only the first 200 get a series of their own.
    """

    _names: ClassVar[set[str]] = {_ANONYMOUS}

    def operation_finished(self, kind: OperationType, name: str | None, *, seconds: float) -> None:
        """Count it, with its time."""
        _OPERATIONS.labels(kind.value, self._bounded(name or _ANONYMOUS)).observe(seconds)

    def error_answered(self, code: str) -> None:
        """Count it."""
        _ERRORS.labels(code).inc()

    def stream_opened(self) -> None:
        """One more."""
        _STREAMS.inc()

    def stream_closed(self) -> None:
        """One less."""
        _STREAMS.dec()

    def _bounded(self, name: str) -> str:
        if name not in self._names:
            if len(self._names) >= _MOST_NAMES:
                return _OTHER
            self._names.add(name)
        return name


def exposition() -> bytes:
    """All figures in Prometheus' text format; of all workers, where they share a directory."""
    if SHARED_DIRECTORY not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library has no types here
    return generate_latest(registry)
