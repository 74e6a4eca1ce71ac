"""What nobody waits for any more does not go on in Postgres."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from server.app import create_app
from services.global_ids import encode
from tests.conftest import ServeApp
from tests.stack import ServedStack, running_stack, settings_for

SECONDS = 60
EMAIL = "ann@example.com"
WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
BY_LOADER = "query ($id: ID!) { organizationById(id: $id) { members { totalCount } } }"
DIRECTLY = 'query ($id: ID!) { organizationByName(name: "acme") { id } node(id: $id) { id } }'
WRITING = """
    mutation ($id: ID!) {
      updateOrganization(input: { organizationId: $id, displayName: "A" }) {
        organization { id }
      }
    }
"""


@pytest.fixture
async def serving(
    database_url: str,
    sandbox_process: str,
    tmp_path: Path,
    unused_port: Callable[[], int],
    serve_app: ServeApp,
) -> AsyncIterator[ServedStack]:
    """The app without a worker, whose sweeps would wait in Postgres, too."""
    settings = settings_for(database_url, sandbox_process, tmp_path, port=unused_port())
    async with (
        running_stack(settings) as stack,
        serve_app(create_app(settings), port=settings.port) as url,
    ):
        yield ServedStack(stack.services, settings, stack.sandbox, stack.http, url)


@pytest.mark.parametrize(
    "document", [BY_LOADER, DIRECTLY, WRITING], ids=["by a loader", "directly", "in a transaction"]
)
async def test_a_client_that_goes_away_frees_postgres(
    serving: ServedStack, database_url: str, document: str
) -> None:
    organization = encode("Organization", await serving.organization(await serving.user("ann")))
    blocking, watching = [await asyncpg.connect(database_url) for _ in range(2)]
    try:
        async with blocking.transaction():
            await blocking.execute("LOCK TABLE members IN ACCESS EXCLUSIVE MODE")
            asking = asyncio.create_task(serving.graphql(document, email=EMAIL, id=organization))
            await until(watching, waiting=True)
            asking.cancel()
            await until(watching, waiting=False)
    finally:
        await blocking.close()
        await watching.close()


async def until(connection: "asyncpg.Connection[Any]", *, waiting: bool) -> None:
    async with asyncio.timeout(SECONDS):
        while bool(await connection.fetchval(WAITING)) is not waiting:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
