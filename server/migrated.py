"""No process works on a database that lacks what its code needs."""

import asyncio

import asyncpg

from db.pooling import UNPREPARED
from db.revisions import older_revisions
from db.urls import asyncpg_dsn
from server.start_error import StartError

_POLL_SECONDS = 0.1


async def require_migrated(database_url: str, *, patience: float) -> None:
    """Wait up to `patience` seconds for a schema that is not behind this code.

    One that is ahead is fine: migrations are made so that the release before can go on. Raises
    `StartError`, or the driver's error when the database is not there.
    """
    try:
        await _wait(database_url, patience)
    except TimeoutError as error:
        raise StartError(
            "the database does not answer; check its address and the network"
        ) from error


async def _wait(database_url: str, patience: float) -> None:
    waited = 0.0
    while await _is_behind(database_url):
        if waited >= patience:
            raise StartError("the database is not migrated; run `seatwise migrate`")
        await asyncio.sleep(_POLL_SECONDS)
        waited += _POLL_SECONDS


async def _is_behind(database_url: str) -> bool:
    connection = await asyncpg.connect(asyncpg_dsn(database_url), **UNPREPARED)
    try:
        found = await connection.fetchval("SELECT version_num FROM alembic_version")
    except asyncpg.UndefinedTableError:
        return True
    finally:
        await connection.close()
    return found is None or found in older_revisions()
