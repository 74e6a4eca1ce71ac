"""The worker of `seatwise dev`, which makes everything ready before it works.

Database, catalogue and demo data are brought up to date, in this process because it has loaded what
that needs anyway: the machine of a developer starts three programs, not four.
"""

import asyncio
import os
import sys
from contextlib import AsyncExitStack

import structlog

from db import migrate
from server import logs, webhooks
from server import settings as server_settings
from server.cli.working import run_worker
from server.database_in_use import configured_database
from server.demo_data import seed
from server.development.readiness import until_it_answers
from server.running_services import running_services
from server.sandbox_account import SandboxAccount
from server.settings import Settings
from server.start_error import StartError
from services.assembly import Services
from services.catalogue import CatalogueFileError, read_catalogue_file
from services.stripe_gateway import StripeGatewayError

log = structlog.get_logger(__name__)


async def prepare(settings: Settings, *, database_url: str) -> None:
    """Migrate, push the catalogue to the sandbox, make the demo data. Does nothing twice."""
    before = await migrate.current_revision(database_url)
    await migrate.upgrade(database_url)
    if before != migrate.head():
        log.info("database.migrated", before=before, after=migrate.head())
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(
            running_services(settings, database_url=database_url)
        )
        sandbox = None
        if settings.uses_sandbox:
            sandbox = await stack.enter_async_context(SandboxAccount.of(settings))
            await _prepare_sandbox(settings, services, sandbox)
        made = await seed(services, issuer=settings.oidc_issuer, sandbox=sandbox)
        if made:
            log.info("demo_data.made", things=", ".join(made))


async def _prepare_sandbox(settings: Settings, services: Services, sandbox: SandboxAccount) -> None:
    await sandbox.until_it_answers()
    report = await services.catalogue.push(read_catalogue_file(settings.catalogue))
    if report.changes:
        log.info("catalogue.pushed", changes=len(report.changes))
    await until_it_answers(f"{settings.local_url}/readyz")
    await sandbox.send_webhooks_to(
        f"{settings.local_url}{webhooks.PATH}", secret=settings.webhook_secrets[0]
    )


async def _main(ready: int) -> None:
    settings = server_settings.load()
    logs.configure(level=settings.log_level, as_json=settings.logs_as_json)
    database_url = configured_database(settings)
    assert database_url is not None, "`seatwise dev` gives it"
    try:
        await prepare(settings, database_url=database_url)
    except (CatalogueFileError, OSError, StartError, StripeGatewayError) as error:
        sys.exit(str(error))
    os.write(ready, b".")
    os.close(ready)
    await run_worker(settings, database_url=database_url)


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
