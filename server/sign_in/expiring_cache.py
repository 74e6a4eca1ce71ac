import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

V = TypeVar("V")


class ExpiringCache(Generic[V]):
    """A bounded cache in which every entry has its own end; the least recently used goes first.

    cachetools has such a cache too (TLRUCache), but `get` here is the hot path of every request:
    one look-up, one comparison, one move.
    """

    def __init__(self, *, size: int, clock: Callable[[], float] = time.time) -> None:
        self._size = size
        self._clock = clock
        self._entries: OrderedDict[str, tuple[V, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: str) -> V | None:
        """What was put, or None when it has ended or made room."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        value, ends_at = entry
        if self._clock() >= ends_at:
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return value

    def put(self, key: str, value: V, *, ends_at: float) -> None:
        """`ends_at`: seconds since the epoch."""
        self._entries[key] = (value, ends_at)
        self._entries.move_to_end(key)
        if len(self._entries) > self._size:
            self._entries.popitem(last=False)
