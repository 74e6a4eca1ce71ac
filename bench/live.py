"""Subscribers to one organization, and what an event costs the server that tells them of it."""

import asyncio
import json
from dataclasses import dataclass, field

import asyncpg
import orjson

from bench.measuring import Server
from db.database import UPDATES_CHANNEL

DOCUMENT = """subscription ($id: ID!) { organizationUpdated(organizationId: $id) {
  changes organization { id name seatUsage { limit occupied available } } } }"""
EVENTS = 10
DEADLINE_SECONDS = 300


@dataclass(slots=True)
class Subscribers:
    """Event streams (SSE) to a server, and how much came through them."""

    server: Server
    token: str
    organization_id: str
    delivered: int = 0
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def add(self, number: int) -> None:
        """Open so many more streams."""
        for _ in range(number):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
            writer.write(self._request())
            status = await reader.readline()
            if b" 200 " not in status:
                raise ConnectionError(status.decode())
            self._tasks.append(asyncio.create_task(self._follow(reader, writer)))

    def _request(self) -> bytes:
        body = orjson.dumps({"query": DOCUMENT, "variables": {"id": self.organization_id}})
        lines = ["POST /graphql HTTP/1.1", "Host: localhost", "Accept: text/event-stream"]
        lines += [f"Authorization: Bearer {self.token}", "Content-Type: application/json"]
        lines += [f"Content-Length: {len(body)}"]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    async def _follow(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async for line in reader:
                if line.startswith(b"data: {"):
                    async with self._changed:
                        self.delivered += 1
                        self._changed.notify_all()
        finally:
            writer.close()

    async def until(self, delivered: int) -> None:
        """Wait until so many deliveries were made in all."""
        async with asyncio.timeout(DEADLINE_SECONDS), self._changed:
            await self._changed.wait_for(lambda: self.delivered >= delivered)

    async def close(self) -> None:
        """Close all streams."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def cost_of_an_event(subscribers: Subscribers, url: str, organization: str) -> float:
    """CPU ms of the server for one event that all subscribers hear of, the mean of some."""
    connection = await asyncpg.connect(url)
    try:
        message = json.dumps({organization: ["SEATS"]})
        number = len(subscribers._tasks)  # noqa: SLF001 - ours
        await _tell(subscribers, connection, message, number)  # the first one makes what is kept
        began = subscribers.server.cpu_seconds()
        for _ in range(EVENTS):
            await _tell(subscribers, connection, message, number)
        return (subscribers.server.cpu_seconds() - began) / EVENTS * 1000
    finally:
        await connection.close()


async def _tell(
    subscribers: Subscribers,
    connection: "asyncpg.Connection[asyncpg.Record]",
    message: str,
    number: int,
) -> None:
    before = subscribers.delivered
    await connection.execute("SELECT pg_notify($1, $2)", UPDATES_CHANNEL, message)
    await subscribers.until(before + number)
