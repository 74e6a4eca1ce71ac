"""The connections that read: asyncpg's pool, and those of its connections that are at hand."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import asyncpg

from db.at_hand import REST_SECONDS, ConnectionsAtHand

Row = asyncpg.Record


class ReadPool:
    """Runs statements outside any transaction."""

    def __init__(
        self, pool: "asyncpg.Pool[Row]", *, patience: float, rest: float = REST_SECONDS
    ) -> None:
        """Seconds as in `ConnectionsAtHand`."""
        self._pool = pool
        self._connections: ConnectionsAtHand[Any] = ConnectionsAtHand(
            pool.get_max_size(),
            acquire=pool.acquire,
            release=pool.release,
            is_lost=_is_lost,
            patience=patience,
            rest=rest,
        )

    async def fetch(self, sql: str, arguments: Sequence[Any]) -> list[Row]:
        """The rows of a statement. `DatabaseBusyError` when it gets no connection."""
        connection = await self._connections.take()
        try:
            rows: list[Row] = await connection.fetch(sql, *arguments)
        except BaseException as error:
            if isinstance(error, asyncpg.InternalClientError):
                connection.terminate()  # or the pool would take it for alive
            await self._connections.drop(connection)
            raise
        await self._connections.keep(connection)
        return rows

    def use(self) -> tuple[int, int, int]:
        """How many connections are used, idle, and could still be made."""
        size = self._pool.get_size()
        idle = self._pool.get_idle_size() + len(self._connections)
        return size - idle, idle, self._pool.get_max_size() - size

    async def close(self) -> None:
        """Close every connection, those in use when they are given back."""
        await self._connections.close()
        await self._pool.close()


def _is_lost(connection: Any) -> bool:
    with suppress(asyncpg.InterfaceError):  # the pool has it back already
        return bool(connection.is_closed())
    return True


async def keep_session_state(_: "asyncpg.Connection[Row]") -> None:
    """Reads leave nothing behind on a connection, so nothing is reset: it saves a round trip."""
