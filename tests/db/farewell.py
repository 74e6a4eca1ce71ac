"""A way to Postgres that says goodbye as a stopping server does, and hangs up only when told.

Between the two a driver takes the connection for alive. It lasts for an instant with a real server;
here it lasts as long as a test needs it.
"""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator

from sqlalchemy.engine import make_url


def _fatal() -> bytes:
    """An ErrorResponse as `pg_terminate_backend` causes it: admin_shutdown."""
    fields = (b"SFATAL", b"VFATAL", b"C57P01", b"Mterminating connection")
    body = b"".join(field + b"\0" for field in fields) + b"\0"
    return b"E" + struct.pack("!i", len(body) + 4) + body


class Farewell:
    """Passes everything on until `say_goodbye`; new connections are as good as any."""

    def __init__(self, url: str) -> None:
        self._target = make_url(url)
        self._clients: set[asyncio.StreamWriter] = set()
        self.url = ""
        self.accepted = 0

    def say_goodbye(self) -> None:
        """Tell all who are connected that the server stops, without closing."""
        for client in self._clients:
            client.write(_fatal())
        self._clients.clear()

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator["Farewell"]:
        async with await asyncio.start_server(self._pass_on, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            here = self._target.set(host="127.0.0.1", port=port).difference_update_query(["host"])
            self.url = here.render_as_string(hide_password=False)
            yield self

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        self._clients.add(writer)
        behind, ahead = await self._connect()
        await asyncio.gather(_pump(reader, ahead), _pump(behind, writer), return_exceptions=True)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        port = self._target.port or 5432
        if isinstance(directory := self._target.query.get("host"), str):
            return await asyncio.open_unix_connection(f"{directory}/.s.PGSQL.{port}")
        return await asyncio.open_connection(self._target.host, port)


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    sink.close()
