"""What the endpoint tells whoever counts."""

from typing import Protocol

from graphql import OperationType


class Observer(Protocol):
    """Called in the request's course: it may not wait, nor raise."""

    def operation_finished(self, kind: OperationType, name: str | None, *, seconds: float) -> None:
        """A query or mutation has its result, or a subscription its first answer."""

    def error_answered(self, code: str) -> None:
        """A client was given an error with this code."""

    def stream_opened(self) -> None:
        """An event stream or a WebSocket began."""

    def stream_closed(self) -> None:
        """It ended."""


class NoObserver:
    """Nobody counts."""

    def operation_finished(self, kind: OperationType, name: str | None, *, seconds: float) -> None:
        """See `Observer`."""

    def error_answered(self, code: str) -> None:
        """See `Observer`."""

    def stream_opened(self) -> None:
        """See `Observer`."""

    def stream_closed(self) -> None:
        """See `Observer`."""
