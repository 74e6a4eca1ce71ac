"""Subscribers to one organization, and what an event costs the server that tells them of it.

A stream's status line says that the operation was accepted, not that it listens: the server looks
the organization up first, and what changes before that is not told. So nothing is counted until
each stream was told of a change. Changes are merged on their way, never queued: what counts is who
was told of which change, not how many messages came.
"""

import asyncio
import json
from dataclasses import dataclass, field
from itertools import cycle
from uuid import UUID

import asyncpg
import orjson

from bench.measuring import BenchError, Server
from db.completion import UPDATES_CHANNEL
from services import global_ids

DOCUMENT = """subscription ($id: ID!) { organizationUpdated(organizationId: $id) {
  changes organization { id name seatUsage { limit occupied available } } } }"""
CALL = "MEMBERS"
"""The change that is announced until all have heard of it."""
SIGNALS = ("SEATS", "BILLING")
"""The changes that are measured, in turn: a straggler of one is not taken for the next."""
EVENTS = 10
AGAIN_SECONDS = 1.0
READY_SECONDS = 120.0
EVENT_SECONDS = 120.0


@dataclass(slots=True)
class Subscribers:
    """Event streams (SSE) to a server, all on one organization whose owner holds the token."""

    server: Server
    token: str
    organization: UUID
    connection: "asyncpg.Connection[asyncpg.Record]"
    """By which changes are announced."""
    number: int = 0
    _deaf: set[int] = field(default_factory=set)
    """The streams that have not heard of `_signal`."""
    _signal: str = ""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _ended: str = ""
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def grow_to(self, number: int) -> None:
        """Open streams until there are so many, and wait until all are told of what changes.

        Raises `BenchError` if that does not happen in `READY_SECONDS`, or if a stream ends.
        """
        while self.number < number:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
            writer.write(self._request())
            status = await reader.readline()
            if b" 200 " not in status:
                raise BenchError(f"an event stream was refused: {status.decode().strip()}")
            self._tasks.append(asyncio.create_task(self._follow(self.number, reader, writer)))
            self.number += 1
        await self._until_ready()

    async def _until_ready(self) -> None:
        self._await(CALL)
        try:
            async with asyncio.timeout(READY_SECONDS):
                while self._deaf:
                    await self._announce()
                    await self._heard(AGAIN_SECONDS)
        except TimeoutError as error:
            raise BenchError(self._silence(READY_SECONDS)) from error
        # Behind the last call comes nothing any more: what was announced often is all delivered.
        await self.tell(SIGNALS[-1])

    async def tell(self, signal: str) -> None:
        """Announce a change, and wait until all have heard of it.

        Raises `BenchError` if somebody has not in `EVENT_SECONDS`, or if a stream ends.
        """
        self._await(signal)
        await self._announce()
        if not await self._heard(EVENT_SECONDS):
            raise BenchError(self._silence(EVENT_SECONDS))

    def _await(self, signal: str) -> None:
        self._signal = signal
        self._deaf = set(range(self.number))

    async def _announce(self) -> None:
        message = json.dumps({str(self.organization): [self._signal]})
        await self.connection.execute("SELECT pg_notify($1, $2)", UPDATES_CHANNEL, message)

    async def _heard(self, seconds: float) -> bool:
        """Whether all streams hear of the signal within so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                while self._deaf and not self._ended:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        if self._ended:
            raise BenchError(f"an event stream ended: {self._ended}")
        return True

    def _silence(self, seconds: float) -> str:
        return (
            f"{len(self._deaf)} of {self.number} event streams heard nothing of {self._signal}"
            f" within {seconds:.0f} s"
        )

    def _request(self) -> bytes:
        organization_id = global_ids.encode("Organization", self.organization)
        body = orjson.dumps({"query": DOCUMENT, "variables": {"id": organization_id}})
        lines = ["POST /graphql HTTP/1.1", "Host: localhost", "Accept: text/event-stream"]
        lines += [f"Authorization: Bearer {self.token}", "Content-Type: application/json"]
        lines += [f"Content-Length: {len(body)}"]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    async def _follow(
        self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        last = b"without a word"
        try:
            async for line in reader:
                if line.startswith(b"data: {"):
                    last = line
                    self._hear(number, line.removeprefix(b"data: "))
        finally:
            self._end(last.decode().strip())
            writer.close()

    def _hear(self, number: int, payload: bytes) -> None:
        update = (orjson.loads(payload).get("data") or {}).get("organizationUpdated")
        if update is None:
            self._end(payload.decode())
        elif self._signal in update["changes"]:
            self._deaf.discard(number)
            if not self._deaf:
                self._changed.set()

    def _end(self, why: str) -> None:
        self._ended = self._ended or why
        self._changed.set()

    async def close(self) -> None:
        """Close all streams."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def cost_of_an_event(subscribers: Subscribers) -> float:
    """CPU ms of the server for one event that all subscribers hear of, the mean of some."""
    began = subscribers.server.cpu_seconds()
    for _, signal in zip(range(EVENTS), cycle(SIGNALS), strict=False):
        await subscribers.tell(signal)
    return (subscribers.server.cpu_seconds() - began) / EVENTS * 1000
