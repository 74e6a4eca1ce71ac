"""How many streams may be open at once in this process."""

from collections.abc import Iterator
from contextlib import contextmanager


class StreamPlaces:
    """A counted number of places. Used from one event loop, so without a lock."""

    def __init__(self, number: int) -> None:
        self._free = number

    @property
    def is_full(self) -> bool:
        """Whether nobody else may come."""
        return self._free <= 0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """One place is taken while this lasts. Ask `is_full` before."""
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1
