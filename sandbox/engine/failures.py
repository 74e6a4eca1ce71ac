"""Failures of the sandbox itself: what it was about to answer and Stripe would not, and its bugs.

They are kept for as long as the process lives, so that a suite can say at its end that there were
none: `GET /_control/failures`.
"""

from collections import deque

import structlog

_MOST = 100

_log = structlog.get_logger()


class Failures:
    """The latest failures of the process, oldest first."""

    def __init__(self) -> None:
        self._texts: deque[str] = deque(maxlen=_MOST)

    def add(self, where: str, error: Exception) -> None:
        """Keep and log one; call it while `error` is handled."""
        _log.exception("the sandbox failed", where=where)
        self._texts.append(f"{where}: {type(error).__name__}: {error}")

    def list(self) -> tuple[str, ...]:
        """A line for each."""
        return tuple(self._texts)
