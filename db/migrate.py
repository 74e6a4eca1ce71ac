"""Bring a database to the newest schema, and compare the schema with the models.

Migrations want a direct connection (not through PgBouncer): they lock and they use session state.
"""

from collections.abc import Callable
from typing import TypeVar

import asyncpg
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from db.models import Base
from db.pooling import UNPREPARED_IN_SQLALCHEMY
from db.revisions import MIGRATIONS
from db.urls import sqlalchemy_url

ADVISORY_LOCK = 0x5EA7
"""Two servers that start together migrate one after the other."""

PATIENCE_SECONDS = 5.0

T = TypeVar("T")


class TableInUseError(Exception):
    """A migration did not get a table that somebody's transaction holds; nothing was changed."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"a transaction has kept a table for {seconds:g} seconds, and whoever needs that table"
            " waits behind the migration; nothing was changed: run it again, or end that"
            " transaction first (pg_stat_activity, state `idle in transaction`)"
        )


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The newest revision that this code knows."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None
    return revision


async def _on_connection(database_url: str, work: Callable[[Connection], T]) -> T:
    engine = create_async_engine(
        sqlalchemy_url(database_url),
        poolclass=NullPool,
        connect_args=dict(UNPREPARED_IN_SQLALCHEMY),  # the doctor may ask through any pooler
    )
    try:
        async with engine.connect() as connection:
            result = await connection.run_sync(work)
            await connection.commit()
            return result
    finally:
        await engine.dispose()


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


async def current_revision(database_url: str) -> str | None:
    """The revision the database is at; None for an empty one."""
    return await _on_connection(database_url, _current)


async def upgrade(
    database_url: str, *, revision: str = "head", patience: float = PATIENCE_SECONDS
) -> None:
    """Migrate up to `revision`. Nothing happens, quickly, when the database is there already.

    `patience`: how many seconds it waits for a table, since all who come after it wait, too. Raises
    `TableInUseError`.
    """

    def work(connection: Connection) -> None:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        connection.execute(text(f"SET LOCAL lock_timeout = {round(patience * 1000)}"))
        if revision != "head" or _current(connection) != head():
            command.upgrade(_config(connection), revision)

    try:
        await _on_connection(database_url, work)
    except DBAPIError as error:
        if isinstance(error.orig and error.orig.__cause__, asyncpg.LockNotAvailableError):
            raise TableInUseError(patience) from error
        raise


async def downgrade(database_url: str, *, revision: str) -> None:
    """Migrate down to `revision` (`base` empties the database)."""
    await _on_connection(database_url, lambda c: command.downgrade(_config(c), revision))


async def differences(database_url: str) -> list[str]:
    """What the models say and the migrated database does not, or the other way; empty is good."""

    def work(connection: Connection) -> list[str]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return [repr(difference) for difference in compare_metadata(context, Base.metadata)]

    return await _on_connection(database_url, work)


async def make_revision(database_url: str, *, message: str) -> None:
    """Write a new migration from the differences between models and database (for developers)."""
    await _on_connection(
        database_url,
        lambda c: command.revision(_config(c), message=message, autogenerate=True) and None,
    )
