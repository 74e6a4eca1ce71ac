import asyncio
import signal
from contextlib import suppress

import click

from server import logs
from server import settings as server_settings
from server.cli.command import Command
from server.database_in_use import configured_database, database_in_use
from server.running_services import running_services
from server.settings import Settings
from server.stopping import StoppedError
from server.telemetry import tracing
from server.telemetry.sampling import sample_connections
from server.telemetry.telemetry import start_telemetry
from server.worker import work
from server.worker_endpoint import worker_endpoint


@click.command(cls=Command, examples=["DATABASE_DIRECT_URL=postgresql://... seatwise worker"])
def worker() -> None:
    """Run background jobs.

    Any number of workers share the work. SIGTERM finishes the jobs that were begun.
    """
    settings = server_settings.load().usable()
    logs.configure(
        level=settings.log_level, as_json=settings.logs_as_json, traced=tracing.is_wanted()
    )
    with database_in_use(settings) as url, suppress(StoppedError):
        asyncio.run(run_worker(settings, database_url=configured_database(settings) or url))


async def run_worker(settings: Settings, *, database_url: str) -> None:
    """Run jobs until a signal."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for wanted in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(wanted, stop.set)
    telemetry = start_telemetry(database_url=database_url)
    async with (
        telemetry.lasting(),
        running_services(settings, database_url=database_url, telemetry=telemetry) as services,
        worker_endpoint(settings, services),
    ):
        sampling = asyncio.create_task(sample_connections(services.database))
        await work(services, database_url=database_url, stop=stop, telemetry=telemetry)
        sampling.cancel()
