"""The load generator, a process of its own: reads a job from stdin, writes what it saw to stdout.

Without a `rate`, each connection sends its next request when it has the answer to the last (a
closed loop), so a slower program is also asked less often. With one, requests are due at fixed
times, whatever became of those before, and latency counts from when a request was due.
"""

import asyncio
import base64
import sys
import time
from collections.abc import Iterator
from typing import Any

import httptools
import orjson
import uvloop


class Connection(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._body = bytearray()
        self._answered: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what to write to."""
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        """Feed the parser."""
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """Collect a part of an answer."""
        self._body += body

    def on_message_complete(self) -> None:
        """The answer is complete."""
        if self._answered is not None and not self._answered.done():
            self._answered.set_result((self._parser.get_status_code(), bytes(self._body)))
        self._body.clear()
        self._parser = httptools.HttpResponseParser(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits learns of it."""
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(exc or ConnectionError("the server closed the connection"))

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request; the status and the body of its answer."""
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answered


async def run(job: dict[str, Any]) -> dict[str, Any]:
    """Send the requests over `connections`, each once, until all are sent or time is up.

    `rate` is how many of them are due in a second, or None.
    """
    requests = [base64.b64decode(request) for request in job["requests"]]
    port, connections, seconds = job["port"], job["connections"], job["seconds"]
    loop = asyncio.get_running_loop()
    opened = [
        (await loop.create_connection(Connection, "127.0.0.1", port))[1] for _ in range(connections)
    ]
    latencies: list[float] = []
    refused: list[str] = []
    began, pause = time.perf_counter(), 1 / job["rate"] if job["rate"] else 0.0
    todo = ((began + number * pause, request) for number, request in enumerate(requests))
    cpu = time.process_time()
    await asyncio.gather(
        *(
            _ask_all(one, todo, began + seconds, latencies, refused, paced=bool(pause))
            for one in opened
        )
    )
    return {
        "latencies": latencies,
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - cpu,
        "refused": refused[:3],
    }


async def _ask_all(
    connection: Connection,
    todo: Iterator[tuple[float, bytes]],
    until: float,
    latencies: list[float],
    refused: list[str],
    *,
    paced: bool,
) -> None:
    for due, request in todo:
        if paced:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
        began = due if paced else time.perf_counter()
        status, body = await connection.ask(request)
        ended = time.perf_counter()
        latencies.append(ended - began)
        if status != 200 or b'"errors":[{' in body:  # noqa: PLR2004 - OK
            refused.append(f"{status} {body[:300].decode()}")
        if ended > until:
            return


if __name__ == "__main__":
    result = uvloop.run(run(orjson.loads(sys.stdin.buffer.read())))
    sys.stdout.buffer.write(orjson.dumps(result))
