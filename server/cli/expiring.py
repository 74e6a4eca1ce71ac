import asyncio
from typing import Any

import click

from server import settings as server_settings
from server.cli.command import Command
from server.cli.progress import progress_bar
from server.database_in_use import database_in_use
from server.running_services import running_services
from server.settings import Settings
from services.expiry import BATCH, ExpiryService, Swept


@click.command(cls=Command, examples=["seatwise expire --dry-run", "seatwise expire"])
@click.option("--dry-run", is_flag=True, help="List what would be done, and change nothing.")
@click.option(
    "--batch",
    type=click.IntRange(1, 10_000),
    default=BATCH,
    show_default=True,
    help="Organizations in one transaction.",
)
def expire(*, dry_run: bool, batch: int) -> None:
    """Deactivate members once the grace time is over.

    The worker does it every minute. Any number may run at once; one that is killed leaves nothing
    half done, and the next one carries on.
    """
    settings = server_settings.load().usable()
    with database_in_use(settings) as url:
        asyncio.run(_expire(settings, url, dry_run=dry_run, batch=batch))


async def _expire(settings: Settings, url: str, *, dry_run: bool, batch: int) -> None:
    async with running_services(settings, database_url=url) as services:
        expiry = services.expiry
        with progress_bar(await expiry.count_due(), label="organizations") as bar:
            if dry_run:
                swept = await _list(expiry, bar)
            else:
                swept = await expiry.sweep(batch=batch, advanced=bar.update)
    done = "would be deactivated" if dry_run else "deactivated"
    click.echo(f"{swept.people} members of {swept.organizations} organizations {done}")


async def _list(expiry: ExpiryService, bar: Any) -> Swept:
    listed = Swept()
    async for due in expiry.list_due():
        click.echo(
            f"{due.name}: {due.people} members; ended {due.ended_at:%Y-%m-%d %H:%M} UTC,"
            f" due since {due.deactivates_at:%Y-%m-%d %H:%M} UTC"
        )
        listed.organizations += 1
        listed.people += due.people
        bar.update(1)
    return listed
