"""A real server with the endpoint on the toy schema."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from server.graphql_http.endpoint import graphql_routes
from server.graphql_http.settings import GraphQLHTTPSettings
from server.telemetry.counting import EndpointMetrics
from server.telemetry.exposition import exposition
from tests.server.graphql_http.toy_schema import Witness, context_getter, schema

SECONDS = 30


@dataclass
class Served:
    """A running server."""

    url: str
    http: httpx.AsyncClient
    witness: Witness
    stopping: asyncio.Event

    async def post(self, payload: Any, **headers: str) -> httpx.Response:
        """POST JSON to the endpoint."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post("/graphql", json=payload, headers=named)


async def tell_figures(_request: Request) -> Response:
    return Response(exposition())


@asynccontextmanager
async def serve(**settings: Any) -> AsyncIterator[Served]:
    witness = Witness()
    routes = graphql_routes(
        schema,
        get_context=context_getter(witness),
        expiry_of=lambda context: context.expires_at,
        settings=GraphQLHTTPSettings(**settings),
        observer=EndpointMetrics(),
        ide_page=lambda _request: HTMLResponse("<title>IDE</title>"),
    )
    app = Starlette(routes=[*routes, Route("/metrics", tell_figures)])
    app.state.stopping = asyncio.Event()
    # asyncio turns Nagle's delay off only where the protocol is named; it is 40 ms an answer
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.01)
    try:
        async with httpx.AsyncClient(base_url=url, timeout=SECONDS) as http:
            yield Served(url, http, witness, app.state.stopping)
    finally:
        server.should_exit = True
        await task


ServeFactory = Callable[..., AbstractAsyncContextManager[Served]]
