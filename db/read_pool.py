"""The connections that read: asyncpg's pool, and those of its connections that are at hand."""

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import asyncpg

Row = asyncpg.Record
T = TypeVar("T")


REST_SECONDS = 60.0


class DatabaseBusyError(Exception):
    """All connections of this process are in use: too much is asked at once."""


class ReadPool:
    """Runs statements outside any transaction.

    asyncpg's pool makes a task, a timer and some objects each time a connection is taken and given
    back, which costs more than a small statement itself. So whoever is done with a connection
    leaves it at hand for the next. It goes back to the pool when something went wrong on it, or
    when nobody needed it for a while: the pool closes it before a firewall forgets it.
    """

    def __init__(
        self, pool: "asyncpg.Pool[Row]", *, patience: float, rest: float = REST_SECONDS
    ) -> None:
        """`patience`: for how many seconds a call waits for a connection; `rest`: for how many it
        stays at hand unused, twice that at the most.
        """
        self._pool = pool
        self._patience = patience
        self._rest = rest
        self._unused = 0
        self._tidying = asyncio.create_task(self._tidy())
        self._places = asyncio.Semaphore(pool.get_max_size())
        self._at_hand: list[Any] = []
        self._is_closing = False

    async def fetch(self, sql: str, arguments: Sequence[Any]) -> list[Row]:
        """The rows of a statement. `DatabaseBusyError` when it gets no connection."""
        if self._places.locked():
            await self._wait_for(self._places.acquire())
        else:
            await self._places.acquire()
        try:
            connection = self._take() or await self._wait_for(self._pool.acquire())
            return await self._run(connection, sql, arguments)
        finally:
            self._places.release()

    def use(self) -> tuple[int, int, int]:
        """How many connections are used, idle, and could still be made."""
        size = self._pool.get_size()
        idle = self._pool.get_idle_size() + len(self._at_hand)
        return size - idle, idle, self._pool.get_max_size() - size

    async def close(self) -> None:
        """Close every connection, those in use when they are given back."""
        self._is_closing = True
        self._tidying.cancel()
        while self._at_hand:
            await self._pool.release(self._at_hand.pop())
        await self._pool.close()

    async def _run(self, connection: Any, sql: str, arguments: Sequence[Any]) -> list[Row]:
        try:
            rows: list[Row] = await connection.fetch(sql, *arguments)
        except BaseException as error:
            if isinstance(error, asyncpg.InternalClientError):
                connection.terminate()  # or the pool would take it for alive
            await self._pool.release(connection)
            raise
        if self._is_closing:
            await self._pool.release(connection)
        else:
            self._at_hand.append(connection)
        return rows

    def _take(self) -> Any:
        """The connection used last, or None. Those that were closed meanwhile are left."""
        while self._at_hand:
            connection = self._at_hand.pop()
            self._unused = min(self._unused, len(self._at_hand))
            with suppress(asyncpg.InterfaceError):  # the pool has it back already
                if not connection.is_closed():
                    return connection
                connection.terminate()  # which gives its place back
        return None

    async def _tidy(self) -> None:
        """The last one given back is taken first, so those that nobody needs are at the bottom."""
        while True:
            await asyncio.sleep(self._rest)
            unused = self._at_hand[: self._unused]
            del self._at_hand[: self._unused]
            self._unused = len(self._at_hand)
            for connection in unused:
                await self._pool.release(connection)

    async def _wait_for(self, place: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._patience):
                return await place
        except TimeoutError as error:
            raise DatabaseBusyError from error


async def keep_session_state(_: "asyncpg.Connection[Row]") -> None:
    """Reads leave nothing behind on a connection, so nothing is reset: it saves a round trip."""
