"""A loader whose statement ends with the operations that wait for it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from aiodataloader import DataLoader

K = TypeVar("K")
T = TypeVar("T")


class CancellableLoader(DataLoader[K, T]):
    """aiodataloader loads in a task of its own, which no timeout of an operation reaches: it would
    wait in Postgres long after everybody is gone. So whoever waits last cancels it.

    Nothing is cached: a later mutation of the same operation has to see what an earlier one did.
    """

    def __init__(self, load_many: Callable[[list[K]], Awaitable[list[T]]]) -> None:
        self._waiting = 0
        self._loading: set[asyncio.Task[Any]] = set()

        async def load(keys: list[K]) -> list[T]:
            task = asyncio.current_task()
            assert task is not None
            self._loading.add(task)
            try:
                return await load_many(keys)
            finally:
                self._loading.discard(task)

        super().__init__(load, cache=False)

    def load(self, key: K) -> "asyncio.Future[T]":
        """What stands for `key`; one statement for all that are asked for in one turn."""
        future = super().load(key)
        self._waiting += 1
        future.add_done_callback(self._no_longer_waits)
        return future

    def _no_longer_waits(self, future: "asyncio.Future[T]") -> None:
        self._waiting -= 1
        if future.cancelled() and not self._waiting:
            for task in self._loading:
                task.cancel()
