"""Postgres restarts, ends a connection, or has none to spare: a code for who asks, never a hang."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from db import database, migrate
from db.completion import UPDATES_CHANNEL
from db.embedded import FAST_AND_FORGETFUL, EmbeddedPostgres
from server.settings import Settings
from services.global_ids import decode
from services.jobs import SYNC_EVENT
from tests.conftest import ServeApp, execute
from tests.stack import WEBHOOK_SECRET, ServedStack, running_served_stack, settings_for

SECONDS = 60
OWNER = "owner@example.com"
LOOK = '{ organizationByName(name: "acme") { displayName } }'
RENAME = """mutation ($id: ID!) {
  updateOrganization(input: { organizationId: $id, displayName: "New" }) {
    organization { displayName } errors { ... on Error { code } }
  }
}"""
CREATE = """mutation { createOrganization(input: { name: "acme", displayName: "Acme" }) {
  organization { id } errors { ... on Error { code } } } }"""
LOCK = "SELECT id FROM organizations WHERE name = 'acme' FOR UPDATE"
WAITING_FOR_LOCKS = """
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
FOLLOW = """subscription ($id: ID!) {
  organizationUpdated(organizationId: $id) { organization { displayName } }
}"""
SET_NAME = "UPDATE organizations SET display_name = 'New'"
TELL = "SELECT pg_notify('{channel}', '{{\"{organization}\": [\"ORGANIZATION\"]}}')"
Answer = dict[str, Any]
Heard = Callable[[], Coroutine[Any, Any, Any]]


@pytest.fixture
def narrow_settings(
    database_url: str,
    sandbox_process: str,
    tmp_path: Path,
    unused_port: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> Settings:
    """One connection for reads and one for writes, which nobody waits for long."""
    monkeypatch.setattr(database, "POOL_SECONDS", 0.5)
    connections = {"read_connections": 1, "write_connections": 1}
    return settings_for(database_url, sandbox_process, tmp_path, port=unused_port(), **connections)


@pytest.fixture
async def narrow(narrow_settings: Settings, serve_app: ServeApp) -> AsyncIterator[ServedStack]:
    async with running_served_stack(narrow_settings, serve_app) as everything:
        yield everything


async def create(served: ServedStack) -> str:
    made = await served.graphql(CREATE, email=OWNER)
    organization_id: str = made["data"]["createOrganization"]["organization"]["id"]
    return organization_id


def code_of(answer: Answer) -> str:
    code: str = answer["errors"][0]["extensions"]["code"]
    return code


@contextlib.asynccontextmanager
async def locked(url: str, statement: str) -> AsyncIterator["asyncpg.Connection[Any]"]:
    """Something is locked by somebody who takes their time."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute(statement)
            yield connection
    finally:
        await connection.close()


async def until_blocked(connection: "asyncpg.Connection[Any]") -> int:
    """The process id of the one that waits for the lock."""
    async with asyncio.timeout(SECONDS):
        while (pid := await connection.fetchval(WAITING_FOR_LOCKS)) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return int(pid)


async def test_who_gets_no_connection_for_a_write_is_told(
    narrow: ServedStack, database_url: str
) -> None:
    organization_id = await create(narrow)
    async with locked(database_url, LOCK) as locking:
        first = asyncio.create_task(narrow.graphql(RENAME, email=OWNER, id=organization_id))
        await until_blocked(locking)
        second = await narrow.graphql(RENAME, email=OWNER, id=organization_id)
        webhook = await deliver(narrow)
    assert code_of(second) == "SERVICE_UNAVAILABLE"
    assert webhook.status_code == 503, "Stripe sends it again"
    renamed = {"organization": {"displayName": "New"}, "errors": None}
    assert (await first)["data"]["updateOrganization"] == renamed
    assert (await deliver(narrow)).status_code == 200


async def deliver(served: ServedStack) -> httpx.Response:
    """An event of Stripe's, signed."""
    event = {
        "id": "evt_1",
        "object": "event",
        "type": "customer.updated",
        "created": int(time.time()),
        "data": {"object": {"id": "cus_1", "object": "customer"}},
    }
    body, at = json.dumps(event).encode(), int(time.time())
    signed = hmac.new(WEBHOOK_SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256)
    headers = {"Stripe-Signature": f"t={at},v1={signed.hexdigest()}"}
    async with httpx.AsyncClient(timeout=SECONDS) as client:
        return await client.post(f"{served.url}/webhooks/stripe", content=body, headers=headers)


async def test_who_gets_no_connection_for_a_read_is_told(
    narrow: ServedStack, database_url: str
) -> None:
    await create(narrow)
    lock = "LOCK TABLE organizations IN ACCESS EXCLUSIVE MODE"
    async with locked(database_url, lock) as locking:
        first = asyncio.create_task(narrow.graphql(LOOK, email=OWNER))
        await until_blocked(locking)
        second = await narrow.graphql(LOOK, email=OWNER)
    assert code_of(second) == "SERVICE_UNAVAILABLE"
    assert (await first)["data"]["organizationByName"] == {"displayName": "Acme"}


async def test_a_live_stream_waits_for_a_connection_and_goes_on(
    narrow: ServedStack, database_url: str
) -> None:
    organization_id = await create(narrow)
    tell = tell_of(organization_id)
    lock = "LOCK TABLE organizations IN ACCESS EXCLUSIVE MODE"
    async with following(narrow, organization_id) as heard:
        await until_listening(database_url, heard, tell)
        async with locked(database_url, lock) as locking:
            first = asyncio.create_task(narrow.graphql(LOOK, email=OWNER))
            await until_blocked(locking)
            await execute(database_url, tell)
            second = await narrow.graphql(LOOK, email=OWNER)  # waits as long as the stream does
            assert code_of(second) == "SERVICE_UNAVAILABLE"
            await locking.execute(SET_NAME)
        await until_new(heard)
        await first


@contextlib.asynccontextmanager
async def following(served: ServedStack, organization_id: str) -> AsyncIterator[Heard]:
    """The owner's live updates: the organization as each of them shows it."""
    body = {"query": FOLLOW, "variables": {"id": organization_id}}
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {served.token(OWNER)}"}
    async with (
        httpx.AsyncClient(timeout=SECONDS) as client,
        client.stream("POST", f"{served.url}/graphql", json=body, headers=headers) as answer,
    ):
        lines = answer.aiter_lines()

        async def next_one() -> Any:
            async for line in lines:
                if line.startswith("data: {"):
                    return json.loads(line[6:])["data"]["organizationUpdated"]["organization"]
            raise AssertionError("the stream has ended")

        yield next_one


def tell_of(organization_id: str) -> str:
    """The statement that tells of a change."""
    return TELL.format(channel=UPDATES_CHANNEL, organization=decode(organization_id)[1])


async def until_listening(url: str, heard: Heard, tell: str) -> None:
    """The answer begins before the listening does, so tell until it is heard."""
    first = asyncio.create_task(heard())
    async with asyncio.timeout(SECONDS):
        while not first.done():
            await execute(url, tell)
            await asyncio.sleep(0.05)
    await first


async def until_new(heard: Heard) -> None:
    """What was told before comes first."""
    async with asyncio.timeout(SECONDS):
        while await heard() != {"displayName": "New"}:
            pass


async def test_a_backend_that_is_ended_while_it_works_is_no_fault_of_ours(
    served: ServedStack, database_url: str
) -> None:
    organization_id = await create(served)
    async with locked(database_url, LOCK) as locking:
        change = asyncio.create_task(served.graphql(RENAME, email=OWNER, id=organization_id))
        await locking.execute("SELECT pg_terminate_backend($1)", await until_blocked(locking))
        assert code_of(await change) == "SERVICE_UNAVAILABLE"
    again = await served.graphql(RENAME, email=OWNER, id=organization_id)
    assert again["data"]["updateOrganization"]["errors"] is None


async def test_after_a_restart_of_postgres_all_goes_on(
    data_dir: Path,
    sandbox_process: str,
    tmp_path: Path,
    unused_port: Callable[[], int],
    serve_app: ServeApp,
) -> None:
    postgres = EmbeddedPostgres(data_dir, settings=FAST_AND_FORGETFUL)
    await asyncio.to_thread(postgres.start)
    try:
        await migrate.upgrade(postgres.url())
        settings = settings_for(postgres.url(), sandbox_process, tmp_path, port=unused_port())
        async with running_served_stack(settings, serve_app) as served:
            await _work_through_a_restart(served, postgres)
    finally:
        await asyncio.to_thread(postgres.stop)


async def _work_through_a_restart(served: ServedStack, postgres: EmbeddedPostgres) -> None:
    organization_id = await create(served)
    async with following(served, organization_id) as heard:
        await until_listening(postgres.url(), heard, tell_of(organization_id))
        await _restart_under(served, postgres, organization_id)
        await until_new(heard)


async def _restart_under(
    served: ServedStack, postgres: EmbeddedPostgres, organization_id: str
) -> None:
    await asyncio.to_thread(postgres.stop)
    async with asyncio.timeout(SECONDS):
        looked, changed = await asyncio.gather(
            served.graphql(LOOK, email=OWNER),
            served.graphql(RENAME, email=OWNER, id=organization_id),
        )
        assert (code_of(looked), code_of(changed)) == ("SERVICE_UNAVAILABLE",) * 2
        assert (await deliver(served)).status_code == 503
    await asyncio.to_thread(postgres.start)
    changed = await served.graphql(RENAME, email=OWNER, id=organization_id)
    assert changed["data"]["updateOrganization"]["errors"] is None
    looked = await served.graphql(LOOK, email=OWNER)
    assert looked["data"]["organizationByName"] == {"displayName": "New"}
    async with served.services.database.begin() as transaction:
        await transaction.enqueue(SYNC_EVENT, {"event_id": "evt_unknown"})
    await served.settled()
