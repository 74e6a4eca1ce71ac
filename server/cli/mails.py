import asyncio

import click

from server import settings as server_settings
from server.cli.command import Command
from server.database_in_use import database_in_use
from server.running_services import running_services
from server.settings import Settings
from services.mail import UnsentMailView


@click.command(cls=Command, examples=["seatwise mails", "seatwise mails --waiting"])
@click.option("--waiting", is_flag=True, help="Those that wait to be sent instead.")
@click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many."
)
def mails(*, waiting: bool, limit: int) -> None:
    """List the mails that were given up, or wait.

    The newest first: one line each, separated by tabs. A mail is given up when a mail server
    refuses it for good, or none took it within some seven hours. Its words are forgotten;
    `resendInvitation` sends an invitation again.
    """
    settings = server_settings.load().usable()
    with database_in_use(settings) as url:
        asyncio.run(_list(settings, url, waiting=waiting, limit=limit))


async def _list(settings: Settings, url: str, *, waiting: bool, limit: int) -> None:
    async with running_services(settings, database_url=url) as services:
        listed = await services.mail.list_unsent(waiting=waiting, limit=limit)
    for mail in listed:
        click.echo(_line(mail))
    if not listed:
        click.echo("No mail waits." if waiting else "No mail was given up.", err=True)


def _line(mail: UnsentMailView) -> str:
    at = mail.failed_at or mail.queued_at
    state = click.style("FAILED", fg="red") if mail.failed_at else click.style("WAITING", fg="cyan")
    parts = [f"{at:%Y-%m-%d %H:%M:%S} UTC", state, mail.kind, mail.organization_name]
    parts += [mail.recipient, *([mail.failure] if mail.failure else [])]
    return "\t".join(parts)
