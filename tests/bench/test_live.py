"""Who measures live events waits until every stream is told of them, or says who is not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import orjson
import pytest

from bench import live
from bench.live import Subscribers
from bench.measuring import BenchError, Server
from db.completion import UPDATES_CHANNEL

ORGANIZATION = UUID(int=7)
Serve = Callable[[asyncio.StreamWriter, "asyncio.Queue[str]"], Awaitable[None]]


@asynccontextmanager
async def subscribers(database_url: str, serve: Serve) -> AsyncIterator[Subscribers]:
    """Subscribers to an event server that tells what it hears of Postgres as `serve` does."""
    heard: dict[asyncio.Task[None], asyncio.Queue[str]] = {}

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        task = asyncio.current_task()
        assert task is not None
        told = heard[task] = asyncio.Queue()
        try:
            await serve(writer, told)
        finally:
            writer.close()

    def hear(*about: object) -> None:
        for told in heard.values():
            told.put_nowait(str(about[-1]))

    connection = await asyncpg.connect(database_url)
    await connection.add_listener(UPDATES_CHANNEL, hear)
    server = await asyncio.start_server(answer, "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    one = Subscribers(Server(0, port), "token", ORGANIZATION, connection)
    try:
        yield one
    finally:
        await one.close()
        server.close()
        for task in heard:
            task.cancel()
        await asyncio.gather(*heard, return_exceptions=True)
        await connection.close()


async def _tell_on(writer: asyncio.StreamWriter, told: "asyncio.Queue[str]") -> None:
    while True:
        changes = orjson.loads(await told.get())[str(ORGANIZATION)]
        data = orjson.dumps({"data": {"organizationUpdated": {"changes": changes}}})
        writer.write(b"event: next\ndata: " + data + b"\n\n")


async def test_streams_are_ready_when_each_was_told_of_a_change(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that accepts an operation and listens later misses nothing that is measured."""
    monkeypatch.setattr(live, "AGAIN_SECONDS", 0.05)

    async def late(writer: asyncio.StreamWriter, told: "asyncio.Queue[str]") -> None:
        for _ in range(3):
            await told.get()  # and nobody hears of it
        await _tell_on(writer, told)

    async with subscribers(database_url, late) as few:
        await few.grow_to(3)
        for signal in live.SIGNALS:
            await few.tell(signal)


async def test_a_server_that_tells_nothing_is_named(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "AGAIN_SECONDS", 0.02)
    monkeypatch.setattr(live, "READY_SECONDS", 0.2)

    async def silent(_: asyncio.StreamWriter, told: "asyncio.Queue[str]") -> None:
        while True:
            await told.get()

    async with subscribers(database_url, silent) as few:
        with pytest.raises(BenchError, match="2 of 2 event streams heard nothing of MEMBERS"):
            await few.grow_to(2)


async def test_a_stream_that_ends_is_named(database_url: str) -> None:
    async def refuse(writer: asyncio.StreamWriter, _: "asyncio.Queue[str]") -> None:
        writer.write(b'data: {"errors":[{"message":"no such organization"}]}\n\n')

    async with subscribers(database_url, refuse) as few:
        with pytest.raises(BenchError, match=r"an event stream ended: .*no such organization"):
            await few.grow_to(1)
