import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import click
import httpx

from server import settings as server_settings
from server.cli.command import Command
from server.cli.duration import Duration
from server.database_in_use import database_in_use
from server.moving_clock import advance_clock
from server.running_services import running_services
from server.sandbox_account import SandboxAccount
from server.settings import Settings
from services.assembly import Services


@click.group()
def clock() -> None:
    """Move the clock of development forward.

    Periods, grace and invitations follow it; tokens and signatures stay on real time.
    """


@clock.command(cls=Command, examples=["seatwise clock show"])
def show() -> None:
    """Say what time it is for Seatwise and for the sandbox."""
    _run(None)


@clock.command(cls=Command, examples=["seatwise clock advance 40d", "seatwise clock advance 1d12h"])
@click.argument("duration", type=Duration())
def advance(*, duration: timedelta) -> None:
    """Let DURATION pass: renewals, expiries, and all that follows from them.

    Everything has happened when the command returns. Server, worker and sandbox have to run
    (`seatwise dev`).
    """
    _run(duration)


def _run(duration: timedelta | None) -> None:
    settings = server_settings.load()
    if settings.in_production or not settings.uses_sandbox:
        raise click.ClickException("the clock moves in development with the sandbox only")
    try:
        with database_in_use(settings) as url:
            asyncio.run(_show_or_advance(settings, url, duration))
    except httpx.TransportError as error:
        raise click.ClickException(f"no sandbox at {settings.sandbox_url}") from error
    except httpx.HTTPStatusError as error:
        raise click.ClickException(error.response.text) from error


async def _show_or_advance(settings: Settings, url: str, duration: timedelta | None) -> None:
    async with _both(settings, url) as (services, sandbox):
        if duration is not None:
            await advance_clock(services, sandbox, duration)
        click.echo(f"Seatwise  {services.clock.now():%Y-%m-%d %H:%M:%S} UTC")
        click.echo(f"sandbox   {await sandbox.now():%Y-%m-%d %H:%M:%S} UTC")


@asynccontextmanager
async def _both(settings: Settings, url: str) -> AsyncIterator[tuple[Services, SandboxAccount]]:
    async with (
        running_services(settings, database_url=url) as services,
        SandboxAccount.of(settings) as sandbox,
    ):
        yield services, sandbox
