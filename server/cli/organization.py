from uuid import UUID

import click

from services.assembly import Services


async def organization_called(services: Services, name: str) -> UUID:
    """The id of the organization of that name. Raises `click.ClickException` if there is none."""
    found = await services.organization_reads.find_id(name)
    if found is None:
        raise click.ClickException(f"there is no organization called {name!r}")
    return found
