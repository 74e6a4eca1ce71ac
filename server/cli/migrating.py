import asyncio
import tempfile
from pathlib import Path

import click
from alembic.util import CommandError

from db import migrate as migrations
from db.embedded import FAST_AND_FORGETFUL, EmbeddedPostgres
from server import settings as server_settings
from server.cli.command import Command
from server.database_in_use import database_in_use


@click.command(
    cls=Command,
    examples=[
        "DATABASE_URL=postgresql://seatwise@db/seatwise seatwise migrate",
        "seatwise migrate --check",
    ],
)
@click.option("--check", is_flag=True, help="Compare migrations and models on an empty database.")
@click.option("--to", "revision", default="head", help="The revision to stop at.", metavar="REV")
def migrate(*, check: bool, revision: str) -> None:
    """Bring the database to the newest schema.

    At the newest, nothing happens. Every migration is compatible with the release before it:
    migrate first, then start the new servers. Each is a transaction of its own; one that does not
    get a table within 5 seconds gives up, and those before it are done. Uses DATABASE_DIRECT_URL
    if set, otherwise DATABASE_URL, otherwise the embedded Postgres.
    """
    if check:
        _check()
        return
    with database_in_use(server_settings.load()) as url:
        before = asyncio.run(migrations.current_revision(url))
        try:
            asyncio.run(migrations.upgrade(url, revision=revision))
        except CommandError as error:
            raise click.ClickException(f"cannot migrate to {revision!r}: {error}") from error
        except migrations.MigrationError as error:
            raise click.ClickException(str(error)) from error
        after = asyncio.run(migrations.current_revision(url))
    click.echo(f"at {after}" if before == after else f"from {before or 'nothing'} to {after}")


def _check() -> None:
    """From nothing up, compared with the models, and down to nothing again."""
    with (
        tempfile.TemporaryDirectory(prefix="seatwise-") as directory,
        EmbeddedPostgres(Path(directory), settings=FAST_AND_FORGETFUL) as server,
    ):
        asyncio.run(migrations.upgrade(server.url()))
        found = asyncio.run(migrations.differences(server.url()))
        asyncio.run(migrations.downgrade(server.url(), revision="base"))
    if found:
        raise click.ClickException("\n".join(["models and migrations differ:", *found]))
    click.echo("models and migrations agree")
