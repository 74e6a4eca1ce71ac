"""So many at a time; and sometimes one alone, who waits for the others and is not overtaken."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """`turn()` for one of many, `alone()` for who wants all others to stand still."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._at_once = at_once
        self._closed = False
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One of `at_once`."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._free > 0 and not self._closed)
            self._free -= 1
        try:
            yield
        finally:
            async with self._changed:
                self._free += 1
                self._changed.notify_all()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Nobody begins from now on; who has begun may finish first."""
        async with self._changed:
            self._closed = True
            await self._changed.wait_for(lambda: self._free == self._at_once)
        try:
            yield
        finally:
            async with self._changed:
                self._closed = False
                self._changed.notify_all()
