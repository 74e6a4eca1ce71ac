"""A bounded map that forgets what was used longest ago."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """At most `max_entries` entries that together weigh at most `max_weight`.

    An entry heavier than `max_weight` is not kept. Used from one event loop, so without a lock.
    """

    def __init__(self, *, max_entries: int, max_weight: int | None = None) -> None:
        self._max_entries = max_entries
        self._max_weight = max_weight
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self.weight = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """The value, now the one used last, or None."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: K, value: V, *, weight: int = 0) -> None:
        """Keep `value`, and drop what was used longest ago until the bounds hold again."""
        self._drop(key)
        if self._max_weight is not None and weight > self._max_weight:
            return
        self._entries[key] = (value, weight)
        self.weight += weight
        while self._is_over():
            self._drop(next(iter(self._entries)))

    def _is_over(self) -> bool:
        too_heavy = self._max_weight is not None and self.weight > self._max_weight
        return too_heavy or len(self._entries) > self._max_entries

    def _drop(self, key: K) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.weight -= entry[1]
