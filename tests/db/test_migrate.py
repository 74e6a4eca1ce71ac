"""Migrating while the release before serves."""

import asyncio

import asyncpg
import pytest
from alembic.util import CommandError

from db import migrate
from tests.conftest import execute


async def test_who_needs_a_table_does_not_wait_long_behind_a_migration(
    empty_database_url: str,
) -> None:
    """Somebody has left a transaction open; what comes after the migration would wait for it."""
    await migrate.upgrade(empty_database_url, revision="0009")
    forgotten = await asyncpg.connect(empty_database_url)
    try:
        await forgotten.execute("BEGIN; SELECT count(*) FROM billing_sessions")
        with pytest.raises(migrate.TableInUseError, match=r"0011 failed.*has kept a table"):
            await migrate.upgrade(empty_database_url, patience=0.1)
    finally:
        await forgotten.close()
    assert await migrate.current_revision(empty_database_url) == "0010", "what came before is done"
    await migrate.upgrade(empty_database_url)
    assert await migrate.current_revision(empty_database_url) == migrate.head()


async def test_a_migration_that_fails_leaves_those_before_it(empty_database_url: str) -> None:
    """Here by a row that a new condition forbids."""
    await migrate.upgrade(empty_database_url, revision="0009")
    await execute(
        empty_database_url,
        "INSERT INTO stripe_events (id, type, payload, received_at, stripe_created_at, state)"
        " VALUES ('evt_1', 'invoice.paid', '{}', now(), now(), 'DONE')",
    )
    with pytest.raises(migrate.MigrationError, match=r"0011 failed.*ck_stripe_events_closing"):
        await migrate.upgrade(empty_database_url)
    assert await migrate.current_revision(empty_database_url) == "0010"


async def test_two_who_migrate_at_once_do_each_step_once(empty_database_url: str) -> None:
    await asyncio.gather(*(migrate.upgrade(empty_database_url) for _ in range(2)))
    assert await migrate.current_revision(empty_database_url) == migrate.head()


@pytest.mark.parametrize("revision", ["9999", "00"])
async def test_a_revision_that_is_none_is_refused(empty_database_url: str, revision: str) -> None:
    with pytest.raises(CommandError, match=revision):
        await migrate.upgrade(empty_database_url, revision=revision)
