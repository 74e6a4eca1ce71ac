import os
import subprocess
import sys

import click

from server import settings as server_settings
from server.cli.command import Command
from server.database_in_use import database_in_use
from server.sandbox_command import sandbox_command


@click.command(cls=Command, examples=["SEATWISE_SANDBOX_PORT=8421 seatwise sandbox"])
def sandbox() -> None:
    """Run the stand-in for Stripe.

    It keeps what it knows in the schema `sandbox` of the database. `seatwise dev` runs one, too.
    """
    settings = server_settings.load()
    if settings.in_production:
        raise click.ClickException("the sandbox is for development")
    with database_in_use(settings) as url:
        command = sandbox_command(settings)
        try:
            ended = subprocess.run(command, check=False, env=os.environ | {"DATABASE_URL": url})  # noqa: S603 - our own program
        except KeyboardInterrupt:
            return
    sys.exit(ended.returncode)
