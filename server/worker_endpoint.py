"""Health and figures of a worker, on a port of its own: whoever restarts processes asks there."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.applications import Starlette

from server import health
from server.settings import Settings
from server.start_error import StartError
from server.telemetry.routes import metrics_routes
from services.assembly import Services


class _Server(uvicorn.Server):
    """Leaves the signals to the worker."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def worker_endpoint(settings: Settings, services: Services) -> AsyncIterator[None]:
    """Answer `/healthz`, `/readyz` and `/metrics` while the block lasts, if a port is set.

    Raises `StartError` when the port is taken.
    """
    if settings.worker_port is None:
        yield
        return
    app = Starlette(routes=[*health.routes(), *metrics_routes(is_open=True)])
    app.state.services = services
    server = _Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.worker_port,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
    )
    serving = asyncio.create_task(_serve(server, settings.worker_port))
    try:
        while not server.started and not serving.done():  # noqa: ASYNC110 # uvicorn offers no event
            await asyncio.sleep(0.01)
        if serving.done():
            serving.result()
        yield
    finally:
        server.should_exit = True
        await asyncio.wait([serving])


async def _serve(server: uvicorn.Server, port: int) -> None:
    try:
        await server.serve()
    except SystemExit:  # uvicorn's way to say that it cannot listen
        raise StartError(f"The port {port} of SEATWISE_WORKER_PORT is taken.") from None
