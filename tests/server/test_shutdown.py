"""SIGTERM to real processes: what was begun is finished, what never ends goes on elsewhere."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from server.settings import Settings
from services.global_ids import encode
from services.jobs import SEND_MAIL
from tests.server.processes import SECONDS, running, running_server
from tests.stack import ServedStack, running_stack, settings_for

EMAIL = "ann@example.com"
RENAME = """
    mutation ($id: ID!) {
      updateOrganization(input: { organizationId: $id, displayName: "Finished" }) {
        organization { displayName }
        errors { ... on Error { code } }
      }
    }
"""
LIVE = "subscription ($id: ID!) { organizationUpdated(organizationId: $id) { changes } }"
SOMEBODY_WAITS = """
    SELECT EXISTS (
      SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
    )
"""


@dataclass
class World:
    stack: ServedStack
    directory: Path
    organization: str

    @property
    def settings(self) -> Settings:
        return self.stack.settings

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.stack.token(EMAIL)}"}

    @contextlib.asynccontextmanager
    async def connected(self) -> AsyncIterator["asyncpg.Connection[Any]"]:
        """A connection to the database, past all processes."""
        assert self.settings.database_url is not None
        connection = await asyncpg.connect(self.settings.database_url.get_secret_value())
        try:
            yield connection
        finally:
            await connection.close()

    async def until(self, query: str) -> None:
        """Wait until the database answers `query` with true."""
        async with self.connected() as connection, asyncio.timeout(SECONDS):
            while not await connection.fetchval(query):  # noqa: ASYNC110 # it is elsewhere
                await asyncio.sleep(0.02)

    @contextlib.asynccontextmanager
    async def held_up(self, table: str) -> AsyncIterator[None]:
        """While this lasts, nobody comes to the end who has to look into the table."""
        async with self.connected() as connection, connection.transaction():
            await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            yield


@pytest.fixture
async def world(
    database_url: str, sandbox_process: str, tmp_path: Path, unused_port: Callable[[], int]
) -> AsyncIterator[World]:
    settings = settings_for(database_url, sandbox_process, tmp_path, port=unused_port())
    async with running_stack(settings) as stack:
        url = settings.local_url
        served = ServedStack(stack.services, settings, stack.sandbox, stack.http, url)
        organization = await served.organization(await served.user("ann"))
        yield World(served, tmp_path, encode("Organization", organization))


async def test_a_mutation_under_way_is_finished(world: World) -> None:
    async with (
        running_server(settings=world.settings, directory=world.directory) as server,
        httpx.AsyncClient(base_url=world.stack.url, timeout=SECONDS) as http,
    ):
        async with world.held_up("audit_events"):
            body = {"query": RENAME, "variables": {"id": world.organization}}
            answering = asyncio.create_task(http.post("/graphql", json=body, headers=world.headers))
            await world.until(SOMEBODY_WAITS)
            ending = asyncio.create_task(server.end())
            await server.until_it_says("Shutting down")
        answer = (await answering).json()
        await ending
    renamed = {"organization": {"displayName": "Finished"}, "errors": None}
    assert answer["data"]["updateOrganization"] == renamed
    assert not any(line["level"] == "error" for line in server.lines())


async def test_streams_are_ended_so_that_clients_connect_again(world: World) -> None:
    async with (
        running_server(settings=world.settings, directory=world.directory) as server,
        httpx.AsyncClient(base_url=world.stack.url, timeout=SECONDS) as http,
        http.stream(
            "POST",
            "/graphql",
            json={"query": LIVE, "variables": {"id": world.organization}},
            headers={**world.headers, "Accept": "text/event-stream"},
        ) as events,
        connect(
            f"{world.stack.url.replace('http', 'ws')}/graphql",
            subprotocols=["graphql-transport-ws"],  # type: ignore[list-item] # a NewType of str
            additional_headers=world.headers,
        ) as socket,
    ):
        await socket.send(orjson.dumps({"type": "connection_init"}).decode())
        assert orjson.loads(await socket.recv())["type"] == "connection_ack"
        await subscribe(socket, world.organization)
        ending = asyncio.create_task(server.end())
        received = b"".join([chunk async for chunk in events.aiter_bytes()])
        assert b"event: complete" not in received, "complete would mean: do not come back"
        with pytest.raises(ConnectionClosed) as closed:
            await read_on(socket)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012, "service restart: graphql-ws connects again"
        await ending
    assert not any(line["level"] == "error" for line in server.lines())


async def read_on(socket: Any) -> None:
    while True:
        await socket.recv()


async def subscribe(socket: Any, organization: str) -> None:
    payload = {"query": LIVE, "variables": {"id": organization}}
    message = {"id": "1", "type": "subscribe", "payload": payload}
    await socket.send(orjson.dumps(message).decode())


async def test_a_job_under_way_is_finished(world: World) -> None:
    async with world.stack.services.database.begin() as transaction:
        await transaction.enqueue(SEND_MAIL, {"mail_id": str(uuid4())})  # one that was sent
    async with running("worker", settings=world.settings, directory=world.directory) as worker:
        async with world.held_up("mails"):
            await world.until(SOMEBODY_WAITS)
            ending = asyncio.create_task(worker.end())
            await worker.until_it_says("worker.ending")
        assert await ending == 0
    await world.until("SELECT NOT EXISTS (SELECT FROM jobs.pgqueuer)")
    assert not any(line["level"] == "error" for line in worker.lines())


async def test_a_worker_tells_of_itself_on_its_own_port(
    world: World, unused_port: Callable[[], int]
) -> None:
    port, second_directory = unused_port(), world.directory / "second"
    second_directory.mkdir()
    async with (
        running(
            "worker",
            settings=world.settings,
            directory=world.directory,
            SEATWISE_WORKER_PORT=str(port),
        ) as worker,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=SECONDS) as http,
    ):
        await worker.until_it_says("worker.ready")
        assert (await http.get("/healthz")).json() == {"status": "ok"}
        assert (await http.get("/readyz")).json() == {"status": "ok"}
        assert "seatwise_job_seconds" in (await http.get("/metrics")).text
        async with running(
            "worker",
            settings=world.settings,
            directory=second_directory,
            SEATWISE_WORKER_PORT=str(port),
        ) as second:
            async with asyncio.timeout(SECONDS):
                assert await second.process.wait() == 1
            assert f"port {port}" in second.log.read_text()
        assert await worker.end() == 0
