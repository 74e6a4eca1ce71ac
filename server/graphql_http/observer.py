"""What the endpoint tells whoever counts and traces."""

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from server.graphql_http.operations import Operation


class Observer(Protocol):
    """Called in the request's course: it may not wait, nor raise."""

    def running(self, operation: Operation) -> AbstractContextManager[object]:
        """Around an operation: until a query or mutation has its result, or the first part of it,
        or a subscription its first answer.
        """

    def error_answered(self, code: str) -> None:
        """A client was given an error with this code."""

    def stream_opened(self) -> None:
        """An event stream or a WebSocket began."""

    def stream_closed(self) -> None:
        """It ended."""


class NoObserver:
    """Nobody counts."""

    def running(self, operation: Operation) -> AbstractContextManager[object]:  # noqa: ARG002
        """See `Observer`."""
        return nullcontext()

    def error_answered(self, code: str) -> None:
        """See `Observer`."""

    def stream_opened(self) -> None:
        """See `Observer`."""

    def stream_closed(self) -> None:
        """See `Observer`."""
