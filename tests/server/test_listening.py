"""What one process announces reaches the others, also after the connection was lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from server import listening as server_listening
from server.listening import listen
from services.clock import Clock
from services.updates import EVERYTHING, OrganizationChange, Waiting
from tests.conftest import execute
from tests.db.farewell import Farewell
from tests.stack import Stack

SECONDS = 30
CUT_LISTENERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'LISTEN%'
"""


@asynccontextmanager
async def listening(stack: Stack, database_url: str) -> AsyncIterator[tuple[UUID, Waiting]]:
    """A reader of some organization, in a process that listens: it has had its first look."""
    organization_id = uuid4()
    with stack.services.updates.waiting_for(organization_id) as reader:
        task = asyncio.create_task(listen(stack.services, database_url=database_url))
        assert await taken(reader) == EVERYTHING
        yield organization_id, reader
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def taken(reader: Waiting) -> frozenset[OrganizationChange]:
    async with asyncio.timeout(SECONDS):
        return await reader.take()


async def announce(stack: Stack, organization_id: UUID) -> None:
    async with stack.services.database.begin() as transaction:
        transaction.announce(organization_id, "SEATS")


async def test_a_change_reaches_its_readers(stack: Stack, database_url: str) -> None:
    async with listening(stack, database_url) as (organization_id, reader):
        await announce(stack, uuid4())
        await announce(stack, organization_id)
        assert await taken(reader) == {OrganizationChange.SEATS}


async def test_words_of_a_newer_process_are_left_aside(stack: Stack, database_url: str) -> None:
    """During an upgrade; what the same transaction says of others is still heard."""
    async with listening(stack, database_url) as (organization_id, reader):
        async with stack.services.database.begin() as transaction:
            transaction.announce(UUID(int=0), "ESTIMATES")
            transaction.announce(organization_id, "ESTIMATES", "SEATS")
        assert await taken(reader) == {OrganizationChange.SEATS}
        async with stack.services.database.begin() as transaction:
            transaction.announce(organization_id, "ESTIMATES")
        async with stack.services.database.begin() as transaction:
            transaction.announce(organization_id, "MEMBERS")
        assert await taken(reader) == {OrganizationChange.MEMBERS}, "nobody is woken for nothing"


async def test_after_a_lost_connection_everybody_looks_again(
    stack: Stack, database_url: str
) -> None:
    async with listening(stack, database_url) as (organization_id, reader):
        await execute(database_url, CUT_LISTENERS)
        assert await taken(reader) == EVERYTHING
        await announce(stack, organization_id)
        assert await taken(reader) == {OrganizationChange.SEATS}


async def test_a_connection_that_is_found_dead_by_probing_is_made_anew(
    stack: Stack, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_listening, "_PROBE_SECONDS", 0.5)
    async with (
        Farewell(database_url).listening() as farewell,
        listening(stack, farewell.url) as (organization_id, reader),
    ):
        farewell.say_goodbye()
        while await taken(reader) != {OrganizationChange.SEATS}:
            await announce(stack, organization_id)


async def test_a_fault_of_ours_does_not_end_the_listening(
    stack: Stack, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listening(stack, database_url) as (organization_id, reader):
        with monkeypatch.context() as patched:
            patched.setattr(stack.services.catalogue, "invalidate", lambda: 1 / 0)
            await execute(database_url, CUT_LISTENERS)
            await taken(reader)  # the new connection begins with a look at everything
        await announce(stack, organization_id)
        while await taken(reader) != {OrganizationChange.SEATS}:
            await announce(stack, organization_id)


@pytest.mark.parametrize("is_cut", [False, True])
async def test_the_clock_of_another_process_is_followed(
    stack: Stack, database_url: str, *, is_cut: bool
) -> None:
    async with listening(stack, database_url) as (_, reader):
        await Clock(movable=True).advance(stack.services.database, timedelta(days=40))
        if is_cut:
            await execute(database_url, CUT_LISTENERS)
            await taken(reader)
        async with asyncio.timeout(SECONDS):
            while stack.services.clock.offset < timedelta(days=40):  # noqa: ASYNC110 - a notice
                await asyncio.sleep(0.01)
