"""Starts everything, shows one screen, and ends everything in order.

Postgres comes first, because all others need it. The sandbox, the server and the worker start at
once and wait for what they need themselves; the worker prepares the database and the demo data
before it works (`server.development.preparing`).
"""

import asyncio
import contextlib
import os
import secrets
import signal
import sys
from collections.abc import Mapping

import click

from db.embedded import EmbeddedPostgres
from server.development.children import Children
from server.development.first_of import first_of
from server.development.ports import require_free_ports
from server.development.readiness import ReadyPipe, until_it_answers
from server.development.screen import screen
from server.sandbox_command import sandbox_command
from server.settings import Settings
from server.start_error import StartError

_READY_SECONDS = 180


def develop(settings: Settings) -> None:
    """Run until Ctrl-C, SIGTERM, or until something that was started ends by itself.

    Raises `StartError` or `EmbeddedPostgresError` when it cannot start or go on; by then
    everything that was started has ended.
    """
    if settings.in_production:
        raise StartError("`seatwise dev` is for development; use `seatwise serve` and `worker`")
    _require_ports(settings)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.ExitStack() as stack, contextlib.suppress(KeyboardInterrupt):
        if settings.database_url:
            url = settings.database_url.get_secret_value()
        else:
            url = stack.enter_context(EmbeddedPostgres(settings.data_dir)).url()
        asyncio.run(_run(settings, _environment(settings, database_url=url)))


def _require_ports(settings: Settings) -> None:
    ports = {"PORT": settings.port}
    if settings.uses_sandbox:
        ports["SEATWISE_SANDBOX_PORT"] = settings.sandbox_port
    require_free_ports(settings.host, ports)


def _environment(settings: Settings, *, database_url: str) -> Mapping[str, str]:
    """What the children share: they read their settings from it, as they would in production."""
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "SEATWISE_DATA_DIR": str(settings.data_dir.absolute()),
        "SEATWISE_DATABASE_WAIT_SECONDS": str(_READY_SECONDS),
        "SEATWISE_SHUTDOWN_SECONDS": "1",
        "PYTHONUNBUFFERED": "1",
    }
    if settings.uses_sandbox:
        environment["STRIPE_WEBHOOK_SECRET"] = f"whsec_{secrets.token_hex(16)}"
    return environment


async def _run(settings: Settings, environment: Mapping[str, str]) -> None:
    async with Children() as children:
        stopped = _stop_on_signals(children)
        await first_of(stopped, _live(settings, environment, children))
        click.echo("\nStopping.")


async def _live(settings: Settings, environment: Mapping[str, str], children: Children) -> None:
    """Ends only by an exception: when a child ends by itself, or does not become ready."""
    with ReadyPipe() as prepared:
        if settings.uses_sandbox:
            await children.start("sandbox", sandbox_command(settings), environment=environment)
        await children.start("server", _module("server.cli", "serve"), environment=environment)
        await children.start(
            "worker",
            _module("server.development.preparing", str(prepared.writing_end)),
            environment=environment,
            pass_fds=[prepared.writing_end],
        )
        await first_of(children.watch(), _show_screen(settings, prepared))
    await children.watch()


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", name, *arguments]


async def _show_screen(settings: Settings, prepared: ReadyPipe) -> None:
    try:
        async with asyncio.timeout(_READY_SECONDS):
            await prepared.wait()
            await until_it_answers(f"{settings.local_url}/readyz")
    except TimeoutError:
        raise StartError(f"not ready after {_READY_SECONDS} s; the lines above say why") from None
    click.echo(screen(settings))


def _stop_on_signals(children: Children) -> "asyncio.Future[None]":
    """The first signal ends everything in order; a second one does not wait for that."""
    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[None] = loop.create_future()

    def stop() -> None:
        if stopped.done():
            children.kill()
        else:
            stopped.set_result(None)

    for wanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(wanted, stop)
    return stopped
