import os
import signal
import subprocess

import click

from db.guard import guard
from server import settings as server_settings
from server.cli.command import Command
from server.database_in_use import database_in_use
from server.sandbox_command import sandbox_command

_STOP_SECONDS = 10


@click.command(cls=Command, examples=["SEATWISE_SANDBOX_PORT=8421 seatwise sandbox"])
@click.pass_context
def sandbox(context: click.Context) -> None:
    """Run the stand-in for Stripe.

    It keeps what it knows in the schema `sandbox` of the database. `seatwise dev` runs one, too.
    """
    settings = server_settings.load()
    if settings.in_production:
        raise click.ClickException("the sandbox is for development")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with database_in_use(settings) as url:
            code = _run(sandbox_command(settings), database_url=url)
    except KeyboardInterrupt:
        return
    context.exit(code)


def _run(command: list[str], *, database_url: str) -> int:
    """Until it ends; whatever ends us ends it first, while its database still runs."""
    process = subprocess.Popen(command, env=os.environ | {"DATABASE_URL": database_url})  # noqa: S603 - our own program
    release = guard(process.pid, signal="TERM", seconds=_STOP_SECONDS)
    try:
        return process.wait()
    finally:
        release()
        process.terminate()
        process.wait()
