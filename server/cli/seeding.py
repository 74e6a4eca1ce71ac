import asyncio
from contextlib import AsyncExitStack

import click

from server import settings as server_settings
from server.cli.command import Command
from server.database_in_use import database_in_use
from server.demo_data import seed as seed_demo_data
from server.running_services import running_services
from server.sandbox_account import SandboxAccount
from server.settings import Settings


@click.command(cls=Command, examples=["seatwise seed"])
def seed() -> None:
    """Make the demo data.

    Two organizations and their people; what is there already stays. `seatwise dev` does it, too.
    To subscribe, the sandbox has to run and the catalogue to be pushed.
    """
    settings = server_settings.load()
    if not settings.uses_development_issuer:
        raise click.ClickException("the people of the demo data sign in at the development issuer")
    with database_in_use(settings) as url:
        made = asyncio.run(_seed(settings, url))
    click.echo("\n".join(made) or "nothing to make")


async def _seed(settings: Settings, database_url: str) -> list[str]:
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(
            running_services(settings, database_url=database_url)
        )
        sandbox = None
        if settings.uses_sandbox:
            sandbox = await stack.enter_async_context(SandboxAccount.of(settings))
        return await seed_demo_data(services, issuer=settings.oidc_issuer, sandbox=sandbox)
