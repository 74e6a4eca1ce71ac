"""A database behind a network that swallows packets: it takes connections and says nothing."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field


@dataclass
class SilentDatabase:
    """`knocked` is set once somebody connects."""

    url: str = ""
    knocked: asyncio.Event = field(default_factory=asyncio.Event)


@contextlib.asynccontextmanager
async def silent_database() -> AsyncIterator[SilentDatabase]:
    silent = SilentDatabase()

    async def knock(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        silent.knocked.set()
        with contextlib.suppress(ConnectionError):
            while await reader.read(4096):
                pass
        writer.close()

    async with await asyncio.start_server(knock, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        silent.url = f"postgresql://seatwise:secret@127.0.0.1:{port}/seatwise"
        yield silent
