"""The fixtures themselves: a broken one would make every other test lie."""

import asyncpg
import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.conftest import ServeApp


async def tables(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )
        return {row["table_name"] for row in rows}
    finally:
        await connection.close()


async def test_a_database_is_migrated(database_url: str) -> None:
    assert {"organizations", "alembic_version"} <= await tables(database_url)


async def test_a_database_belongs_to_one_test(database_url: str, empty_database_url: str) -> None:
    assert database_url != empty_database_url
    assert await tables(empty_database_url) == set()


async def test_an_app_is_served_over_http(serve_app: ServeApp) -> None:
    async def hello(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("hello")

    app = Starlette(routes=[Route("/", hello)])
    async with serve_app(app) as url, httpx.AsyncClient() as client:
        assert (await client.get(url)).text == "hello"
