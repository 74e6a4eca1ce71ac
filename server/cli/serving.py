import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import uvicorn

from server import logs
from server import settings as server_settings
from server.cli.command import Command
from server.database_in_use import database_in_use
from server.migrated import require_migrated
from server.settings import Settings
from server.telemetry.exposition import SHARED_DIRECTORY, empty_shared_directory


@click.command(
    cls=Command,
    examples=[
        "SEATWISE_ENVIRONMENT=production DATABASE_URL=... seatwise serve --workers 4",
        "PORT=8080 seatwise serve",
    ],
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    envvar="WEB_CONCURRENCY",
    help="Processes; one for each core is right. Also WEB_CONCURRENCY.",
)
def serve(*, workers: int) -> None:
    """Answer requests.

    SIGTERM finishes the requests that are under way. Behind a proxy, FORWARDED_ALLOW_IPS names the
    addresses whose X-Forwarded-For and X-Forwarded-Proto are believed, and
    SEATWISE_CLIENT_ADDRESS_HEADER another header than the first.
    """
    settings = server_settings.load().usable()
    logs.configure(level=settings.log_level, as_json=settings.logs_as_json)
    with database_in_use(settings) as url:
        if not settings.database_url:
            os.environ["DATABASE_URL"] = url  # for the processes that uvicorn starts
        if not settings.database_wait_seconds:  # else the app waits, when it is loaded
            asyncio.run(require_migrated(url, patience=0))
        with _shared_metrics(workers=workers):
            _run(settings, workers=workers)


@contextmanager
def _shared_metrics(*, workers: int) -> Iterator[None]:
    """Where several workers keep their figures, so that each of them answers for all."""
    if workers == 1:
        yield
        return
    with TemporaryDirectory(prefix="seatwise-metrics-") as directory:
        empty_shared_directory(Path(os.environ.setdefault(SHARED_DIRECTORY, directory)))
        yield


def _run(settings: Settings, *, workers: int) -> None:
    uvicorn.run(
        "server.app:app_of_the_environment",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=workers,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,  # it doubles what an open socket costs, to 80 kB
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # `server.client_address` reads them
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )
