"""Connections at hand: whoever needs one takes it over from the last, past the library's pool."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from db.unavailable import DatabaseBusyError

C = TypeVar("C")
T = TypeVar("T")

REST_SECONDS = 60.0


class ConnectionsAtHand(Generic[C]):
    """Lends the connections of a library's pool.

    asyncpg's pool makes a task, a timer and some objects each time a connection is taken and given
    back, SQLAlchemy's a task and some greenlets, and that costs more than a small statement itself.
    So whoever is done with a connection leaves it at hand for the next. It goes back to the pool
    when something went wrong on it, or when nobody needed it for a while: the pool closes it before
    a firewall forgets it.
    """

    def __init__(
        self,
        size: int,
        *,
        acquire: Callable[[], Awaitable[C]],
        release: Callable[[C], Awaitable[None]],
        is_lost: Callable[[C], bool],
        patience: float,
        rest: float = REST_SECONDS,
    ) -> None:
        """At most `size` at once, as many as the pool has.

        Args:
            size: How many.
            acquire: Takes one from the pool.
            release: Gives one back, in whatever state it is.
            is_lost: Whether one has ended while nobody used it.
            patience: For how many seconds a call waits for a connection.
            rest: For how many one stays at hand unused, twice that at the most.
        """
        self._places = asyncio.Semaphore(size)
        self._acquire = acquire
        self._release = release
        self._is_lost = is_lost
        self._patience = patience
        self._rest = rest
        self._at_hand: list[C] = []
        self._unused = 0
        self._tidying: asyncio.Task[None] | None = None
        self._is_closing = False

    def __len__(self) -> int:
        """How many wait for the next who needs one."""
        return len(self._at_hand)

    async def take(self) -> C:
        """A connection, for `keep` or `drop` to take back. `DatabaseBusyError` if none is free."""
        if self._places.locked():
            await self._wait_for(self._places.acquire())
        else:
            await self._places.acquire()
        try:
            connection = await self._newest()
            return await self._wait_for(self._acquire()) if connection is None else connection
        except BaseException:
            self._places.release()
            raise

    async def keep(self, connection: C) -> None:
        """Done, and it is as it was: the next may have it."""
        if self._is_closing:
            await self.drop(connection)
            return
        if self._tidying is None:
            self._tidying = asyncio.create_task(self._tidy())
        self._at_hand.append(connection)
        self._places.release()

    async def drop(self, connection: C) -> None:
        """Done, and something went wrong on it."""
        try:
            await self._release(connection)
        finally:
            self._places.release()

    async def close(self) -> None:
        """Give the pool what is at hand; those in use follow when they are given back."""
        self._is_closing = True
        if self._tidying is not None:
            self._tidying.cancel()
        while self._at_hand:
            await self._release(self._at_hand.pop())

    async def _newest(self) -> C | None:
        """The connection used last. Those that ended meanwhile are left."""
        while self._at_hand:
            connection = self._at_hand.pop()
            self._unused = min(self._unused, len(self._at_hand))
            if not self._is_lost(connection):
                return connection
            await self._release(connection)
        return None

    async def _tidy(self) -> None:
        """The last one given back is taken first, so those that nobody needs are at the bottom."""
        while True:
            await asyncio.sleep(self._rest)
            unused = self._at_hand[: self._unused]
            del self._at_hand[: self._unused]
            self._unused = len(self._at_hand)
            for connection in unused:
                await self._release(connection)

    async def _wait_for(self, place: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._patience):
                return await place
        except TimeoutError as error:
            raise DatabaseBusyError from error
