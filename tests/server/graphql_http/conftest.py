"""The endpoint with the toy schema, behind a real server."""

from collections.abc import AsyncIterator

import pytest

from tests.server.graphql_http.serving import Served, ServeFactory, serve


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """A server with the default settings."""
    async with serve() as served:
        yield served


@pytest.fixture
def serve_with() -> ServeFactory:
    """Starts a server with the settings that are given."""
    return serve
