"""Counts what the parts of a process tell of."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from time import monotonic
from types import TracebackType

from graphql import OperationType
from prometheus_client import Histogram

from server.graphql_http.operations import Operation
from server.telemetry import metrics
from services.jobs import PostponedError

UNTRUSTED = "untrusted"
"""The name of all operations that are not of the manifest: clients name them as they like."""


class EndpointMetrics:
    """Counts what the GraphQL endpoint does: its `Observer`."""

    def running(self, operation: Operation) -> "_Timing":
        """Count it, with its time."""
        name = (operation.name or "") if operation.is_trusted else UNTRUSTED
        return _Timing(_histogram_of(operation.kind, name))

    def error_answered(self, code: str) -> None:
        """Count it."""
        metrics.ERRORS.labels(code).inc()

    def stream_opened(self) -> None:
        """One more."""
        metrics.STREAMS.inc()

    def stream_closed(self) -> None:
        """One less."""
        metrics.STREAMS.dec()


@cache
def _histogram_of(kind: OperationType, name: str) -> Histogram:
    """That of these labels, which are few: looking for it takes as long as to count."""
    return metrics.OPERATIONS.labels(kind.value, name)


class _Timing:
    """A context manager by hand: it is entered for each operation."""

    __slots__ = ("_began", "_histogram")

    def __init__(self, histogram: Histogram) -> None:
        self._histogram = histogram

    def __enter__(self) -> None:
        self._began = monotonic()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._histogram.observe(monotonic() - self._began)


def count_stripe_call(
    method: str,
    url: str,  # noqa: ARG001 # the protocol's
    *,
    seconds: float,
    status: int | None,
    error: str | None,
) -> None:
    """A `CallObserver`."""
    outcome = f"{status // 100}xx" if status else error or "none"
    metrics.STRIPE_CALLS.labels(method, outcome).observe(seconds)


def count_refusal(code: str) -> None:
    """A refusal in a payload."""
    metrics.REFUSALS.labels(code).inc()


def has_failed(error: Exception) -> bool:
    """Whether this ends a job as a fault: not if it merely waits for another one."""
    return not isinstance(error, PostponedError) or error.__cause__ is not None


@contextmanager
def counted_job(name: str) -> Iterator[None]:
    """Around a job."""
    began, outcome = monotonic(), "done"
    try:
        yield
    except Exception as error:
        outcome = "failed" if has_failed(error) else "postponed"
        raise
    finally:
        metrics.JOBS.labels(name, outcome).observe(monotonic() - began)
