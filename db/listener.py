"""LISTEN on one connection of a process, and nothing lost unnoticed.

NOTIFY is not kept for who is not connected. So after a lost connection `on_gap` is called: whoever
relies on a notification has to look again. Wants a direct connection (not through PgBouncer).
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress

import asyncpg
import structlog

from db.database import CONNECTION_LOST
from db.urls import asyncpg_dsn

log = structlog.get_logger(__name__)

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0


class Listener:
    """Calls a function for each notification on its channel, with the payload."""

    def __init__(
        self,
        url: str,
        *,
        channels: Mapping[str, Callable[[str], None]],
        on_gap: Callable[[], None],
    ) -> None:
        self._dsn = asyncpg_dsn(url)
        self._channels = channels
        self._on_gap = on_gap
        self._task: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()

    async def start(self) -> None:
        """Begin, and return once everything that is announced from now on will be heard."""
        self._task = asyncio.create_task(self._run(), name="seatwise-listener")
        await self._listening.wait()

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _run(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                await self._listen_until_lost()
                pause = FIRST_PAUSE
            except CONNECTION_LOST as error:
                log.warning("listener.unreachable", error=str(error), retry_in=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _listen_until_lost(self) -> None:
        connection = await asyncpg.connect(self._dsn)
        try:
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _: lost.set())
            for channel in self._channels:
                await connection.add_listener(channel, self._heard)
            if self._listening.is_set():
                self._on_gap()
            self._listening.set()
            await lost.wait()
            log.warning("listener.lost")
        finally:
            await connection.close(timeout=1)

    def _heard(self, _connection: object, _pid: int, channel: str, payload: object) -> None:
        self._channels[channel](str(payload))
