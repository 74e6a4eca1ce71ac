"""Bring a database to the newest schema, and compare the schema with the models.

Migrations want a direct connection (not through PgBouncer): they lock and they use session state.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import asyncpg
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RangeNotAncestorError, RevisionError
from alembic.util import CommandError
from sqlalchemy import Connection, NullPool, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from db.models import Base
from db.pooling import UNPREPARED_IN_SQLALCHEMY
from db.revisions import MIGRATIONS
from db.urls import sqlalchemy_url

ADVISORY_LOCK = 0x5EA7
"""Two servers that start together migrate one after the other, step by step.

The lock is the transaction's: a session's would stay behind in a pooler, where one stands between.
"""

PATIENCE_SECONDS = 5.0

T = TypeVar("T")


class MigrationError(Exception):
    """A migration failed, and changed nothing; those before it stay."""

    def __init__(self, revision: str, reason: str) -> None:
        super().__init__(
            f"migration {revision} failed and changed nothing, those before it are done: {reason}"
        )


class TableInUseError(MigrationError):
    """A migration did not get a table that somebody's transaction holds."""

    def __init__(self, revision: str, seconds: float) -> None:
        super().__init__(
            revision,
            f"a transaction has kept a table for {seconds:g} seconds, and whoever needs that table"
            " waits behind the migration; run it again, or end that transaction first"
            " (pg_stat_activity, state `idle in transaction`)",
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

    Each migration is a transaction of its own, so a chain of them keeps no table for its sum.
    `patience`: how many seconds one waits for a table, since all who come after it wait, too.

    Raises:
        MigrationError: one failed; `TableInUseError`: it did not get a table.
        CommandError: there is no such revision, or the database is at one that this code lacks.
    """
    for step in await _on_connection(database_url, lambda one: _steps(one, revision)):
        try:
            await _on_connection(database_url, partial(_take, step=step, patience=patience))
        except DBAPIError as error:
            cause = error.orig and error.orig.__cause__
            if isinstance(cause, asyncpg.LockNotAvailableError):
                raise TableInUseError(step, patience) from error
            raise MigrationError(step, str(cause or error)) from error


def _steps(connection: Connection, revision: str) -> list[str]:
    """The migrations that lead to `revision`, in their order."""
    script, current = ScriptDirectory.from_config(_config()), _current(connection)
    try:
        found = script.iterate_revisions(revision, current or "base")
        return [one.revision for one in found][::-1]
    except RangeNotAncestorError:
        return []  # it is past that
    except RevisionError as error:
        raise CommandError(str(error)) from error


def _take(connection: Connection, *, step: str, patience: float) -> None:
    """One migration; nothing, if somebody else has done it meanwhile."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
    connection.execute(text(f"SET LOCAL lock_timeout = {round(patience * 1000)}"))
    command.upgrade(_config(connection), step)


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
