"""The connections that write: SQLAlchemy's pool, and those of its connections that are at hand."""

import asyncio
from dataclasses import dataclass

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import QueuePool

from db.at_hand import ConnectionsAtHand
from db.unavailable import CONNECTION_LOST


@dataclass(frozen=True, slots=True)
class WriteConnection:
    """A connection of SQLAlchemy, and the driver's own within it."""

    connection: AsyncConnection
    driver: "asyncpg.Connection[asyncpg.Record]"

    def is_as_it_was(self) -> bool:
        """Whether another transaction can begin on it."""
        left = self.connection.in_transaction() or self.connection.invalidated
        return not left and not self.driver.is_closed()


class WritePool:
    """Lends connections on which a transaction has begun."""

    def __init__(self, engine: AsyncEngine, *, patience: float) -> None:
        """`engine` is in autocommit; `patience` as in `ConnectionsAtHand`."""
        assert isinstance(engine.pool, QueuePool)
        self._engine = engine
        self._pool = engine.pool
        self._connections = ConnectionsAtHand(
            self._pool.size(),
            acquire=self._connect,
            release=_disconnect,
            is_lost=lambda one: one.driver.is_closed(),
            patience=patience,
        )
        event.listen(engine.sync_engine, "handle_error", _recognize_lost_connection)

    async def begin(self) -> WriteConnection:
        """One on which BEGIN went through: those that a restart has left dead are dropped.

        So none has to be tried before it is used. `DatabaseBusyError` when it gets none.
        """
        for others_left in reversed(range(self._pool.size() + 1)):
            begun = await self._connections.take()
            try:
                await begun.driver.execute("BEGIN")
            except BaseException as error:
                begun.driver.terminate()
                await self._connections.drop(begun)
                if others_left and isinstance(error, CONNECTION_LOST):
                    continue
                raise
            return begun
        raise AssertionError("the last connection begins or raises")

    async def end(self, begun: WriteConnection) -> None:
        """Roll back what was not committed; a connection on which that fails is not used again."""
        try:
            if begun.driver.is_in_transaction():
                await begun.driver.execute("ROLLBACK")
        except BaseException as error:
            begun.driver.terminate()
            if not isinstance(error, CONNECTION_LOST):
                raise
        finally:
            if begun.is_as_it_was():
                await self._connections.keep(begun)
            else:
                await self._connections.drop(begun)

    def use(self) -> tuple[int, int, int]:
        """How many connections are used, idle, and could still be made."""
        at_hand = len(self._connections)
        used, idle = self._pool.checkedout() - at_hand, self._pool.checkedin() + at_hand
        return used, idle, max(0, self._pool.size() - used - idle)

    async def close(self) -> None:
        """Close every connection that nobody uses."""
        await self._connections.close()
        await self._engine.dispose()

    async def _connect(self) -> WriteConnection:
        connection = await self._engine.connect()
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        return WriteConnection(connection, driver)


async def _disconnect(one: WriteConnection) -> None:
    """To the end, as asyncpg does it: given back by halves, the pool would miss it for good."""
    await asyncio.shield(_close(one))


async def _close(one: WriteConnection) -> None:
    if one.driver.is_closed():
        await one.connection.invalidate()
    await one.connection.close()


def _recognize_lost_connection(context: ExceptionContext) -> None:
    """SQLAlchemy drops a connection, and tries the next one, when it knows that it is lost."""
    cause = context.original_exception.__cause__
    if isinstance(cause, CONNECTION_LOST):
        context.is_disconnect = True
