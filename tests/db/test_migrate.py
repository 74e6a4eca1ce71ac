"""Migrating while the release before serves."""

import asyncpg
import pytest

from db import migrate


async def test_who_needs_a_table_does_not_wait_long_behind_a_migration(
    empty_database_url: str,
) -> None:
    """Somebody has left a transaction open; what comes after the migration would wait for it."""
    await migrate.upgrade(empty_database_url, revision="0009")
    forgotten = await asyncpg.connect(empty_database_url)
    try:
        await forgotten.execute("BEGIN; SELECT count(*) FROM mails")
        with pytest.raises(migrate.TableInUseError, match="has kept a table"):
            await migrate.upgrade(empty_database_url, patience=0.1)
    finally:
        await forgotten.close()
    assert await migrate.current_revision(empty_database_url) == "0009"
    await migrate.upgrade(empty_database_url)
    assert await migrate.current_revision(empty_database_url) == migrate.head()
