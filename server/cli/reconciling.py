import asyncio
from uuid import UUID

import click

from server import settings as server_settings
from server.cli.command import Command
from server.cli.organization import organization_called
from server.cli.progress import progress_bar
from server.database_in_use import database_in_use
from server.running_services import running_services
from server.settings import Settings
from services.assembly import Services
from services.findings import RESOLUTIONS
from services.mirror_comparison import Difference
from services.reconciler import Reconciled, Watching
from services.reconciliation_runs import AlreadyReconcilingError
from services.stripe_gateway import StripeGatewayError


@click.command(
    cls=Command,
    examples=[
        "seatwise reconcile --dry-run",
        "seatwise reconcile",
        "seatwise reconcile --organization acme",
    ],
)
@click.option("--organization", metavar="NAME", help="Only this one, which is fetched in any case.")
@click.option("--dry-run", is_flag=True, help="List what differs, and repair nothing.")
def reconcile(*, organization: str | None, dry_run: bool) -> None:
    """Compare everything with Stripe, and repair it.

    What differs is fetched again. What only a person can put in order is listed at the end, and
    shown as `billingHealth.findings`. The worker does it every hour. One that is interrupted goes
    on from where it was.
    """
    settings = server_settings.load().usable()
    try:
        with database_in_use(settings) as url:
            asyncio.run(_reconcile(settings, url, name=organization, dry_run=dry_run))
    except (AlreadyReconcilingError, StripeGatewayError) as error:
        raise click.ClickException(str(error)) from error


async def _reconcile(settings: Settings, url: str, *, name: str | None, dry_run: bool) -> None:
    async with running_services(settings, database_url=url) as services:
        only = await organization_called(services, name) if name else None
        total = await services.reconciler.count_ours(organization_id=only)
        with progress_bar(total, label="compared") as bar:
            done = await services.reconciler.reconcile(
                organization_id=only,
                dry_run=dry_run,
                watching=Watching(found=_tell, advanced=bar.update),
            )
        click.echo(_summary(done, dry_run=dry_run))
        await _list_findings(services, only)


def _tell(one: Difference) -> None:
    click.echo(f"{one.organization_name}: {one.subject}: {', '.join(one.fields)}")


def _summary(done: Reconciled, *, dry_run: bool) -> str:
    repaired = "would be repaired" if dry_run else "repaired"
    failed = f", {done.failed} of them not: Stripe refuses" if done.failed else ""
    return f"{done.compared} compared, {done.drifted} differed and {repaired}{failed}"


async def _list_findings(services: Services, only: UUID | None) -> None:
    async for row in services.reconciler.list_findings(organization_id=only):
        since = f"{row['opened_at']:%Y-%m-%d %H:%M} UTC"
        click.echo(f"needs a person: {row['name']}: {row['subject']}: {row['kind']} since {since}")
        click.echo(f"    {RESOLUTIONS[row['kind']]}")
