"""How many streams may be open at once in this process."""

from collections.abc import Iterator
from contextlib import contextmanager

from server.graphql_http.observer import Observer


class StreamPlaces:
    """A counted number of places. Used from one event loop, so without a lock."""

    def __init__(self, number: int, observer: Observer) -> None:
        self._free = number
        self._observer = observer

    @property
    def is_full(self) -> bool:
        """Whether nobody else may come."""
        return self._free <= 0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """One place is taken while this lasts. Ask `is_full` before."""
        self._free -= 1
        self._observer.stream_opened()
        try:
            yield
        finally:
            self._free += 1
            self._observer.stream_closed()
