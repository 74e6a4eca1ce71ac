import asyncio
from pathlib import Path

import click

from server import settings as server_settings
from server.cli.command import Command
from server.database_in_use import database_in_use
from server.running_services import running_services
from server.settings import Settings
from services.catalogue import CatalogueFileError, PushReport, read_catalogue_file
from services.stripe_gateway import StripeGatewayError


@click.group()
def catalog() -> None:
    """The plans: what they are, and what they cost."""


@catalog.command(cls=Command, examples=["seatwise catalog push", "seatwise catalog push next.toml"])
@click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False
)
def push(*, file: Path | None) -> None:
    """Bring Stripe's products and prices, and ours, in line with FILE (SEATWISE_CATALOGUE).

    A changed price makes a new one in Stripe and archives the old one, which stays good for those
    who have it. The same file again changes nothing; after a failure, push again.
    """
    settings = server_settings.load().usable()
    try:
        with database_in_use(settings) as url:
            report = asyncio.run(_push(settings, url, file or settings.catalogue))
    except (CatalogueFileError, OSError, StripeGatewayError) as error:
        raise click.ClickException(str(error)) from error
    for change in report.changes:
        click.echo(change)
    click.echo("nothing to change" if not report.changes else f"{len(report.changes)} changes")


async def _push(settings: Settings, database_url: str, file: Path) -> PushReport:
    async with running_services(settings, database_url=database_url) as services:
        return await services.catalogue.push(read_catalogue_file(file))
