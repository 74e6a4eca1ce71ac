"""The database that is measured on: the embedded Postgres, with the data set in it."""

import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg

from bench.contenders import ROOT
from bench.dataset import Dataset
from db.embedded import EmbeddedPostgres, url_of

CACHE = ROOT / ".cache" / "bench"
POSTGRES = {"synchronous_commit": "off", "shared_buffers": "1GB", "jit": "off"}
"""Commits do not wait for the disk, so that a round is not one of the disk."""
FILLING = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "20GB", "autovacuum": "off"}
"""Nothing of it need survive a power cut."""


@contextmanager
def serving_postgres(directory: Path = CACHE, *, keep: bool = False) -> Iterator[EmbeddedPostgres]:
    """A server while the context lasts; an empty one, unless `keep`."""
    if not keep:
        shutil.rmtree(directory, ignore_errors=True)
    with EmbeddedPostgres(directory, settings=POSTGRES | FILLING) as postgres:
        yield postgres


def name_of(organizations: int) -> str:
    """The database with the data set of this size."""
    return f"bench_{organizations}"


@asynccontextmanager
async def fresh_database(
    directory: Path, name: str, *, template: str = "template0"
) -> AsyncIterator[str]:
    """A database while the context lasts, on a server that runs; its URL."""
    connection = await asyncpg.connect(url_of(directory))
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        yield url_of(directory, database=name)
    finally:
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await connection.close()


async def new_database(postgres: EmbeddedPostgres, dataset: Dataset, *, issuer: str) -> str:
    """Make and fill a database; its URL."""
    name = name_of(dataset.organizations)
    connection = await asyncpg.connect(postgres.url())
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    url = postgres.url(name)
    began = time.perf_counter()
    await dataset.make(url, issuer=issuer)
    print(f"{dataset.members:,} members in {time.perf_counter() - began:.0f} s", flush=True)
    return url
