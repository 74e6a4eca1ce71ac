"""The command `seatwise`. Each command's module is imported when that command runs."""

import socket
import sys

import click

from db.embedded import EmbeddedPostgresError
from server.cli.lazy_group import LazyGroup
from server.start_error import StartError


class _Seatwise(LazyGroup):
    """Writes what an operator can mend as one line each, and leaves our own faults their trace."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (StartError, EmbeddedPostgresError) as error:
            raise click.ClickException(str(error)) from error
        except Exception as error:
            if reason := _unreachable(error):
                raise click.ClickException(reason) from error
            raise


def _unreachable(error: Exception) -> str | None:
    """A database that cannot be used; the driver is asked only if it is loaded anyway."""
    asyncpg = sys.modules.get("asyncpg")
    is_lost = isinstance(error, ConnectionError | socket.gaierror | TimeoutError)
    if is_lost or (asyncpg and isinstance(error, asyncpg.PostgresError)):
        said = str(error).partition("\n")[0]
        return f"the database cannot be used: {said or 'it does not answer'}"
    return None


@click.command(
    cls=_Seatwise,
    commands_of={
        "dev": ("server.cli.development", "Start everything on this machine, with demo data."),
        "serve": ("server.cli.serving", "Answer requests."),
        "worker": ("server.cli.working", "Run background jobs."),
        "sandbox": ("server.cli.sandboxing", "Run the stand-in for Stripe."),
        "migrate": ("server.cli.migrating", "Bring the database to the newest schema."),
        "doctor": ("server.cli.doctoring", "Show the settings and check what they point to."),
        "seed": ("server.cli.seeding", "Make the demo data."),
        "catalog": ("server.cli.catalogue", "The plans: what they are, and what they cost."),
        "expire": ("server.cli.expiring", "Deactivate members once the grace time is over."),
        "events": ("server.cli.events", "The webhook events that Stripe sent."),
        "mails": ("server.cli.mails", "List the mails that were given up, or wait."),
        "reconcile": ("server.cli.reconciling", "Compare everything with Stripe, and repair it."),
        "clock": ("server.cli.clock", "Move the clock of development forward."),
        "token": ("server.cli.tokens", "Print an access token of the development issuer."),
        "schema": ("server.cli.contract", "Print the GraphQL schema."),
        "permissions": ("server.cli.permissions", "Print who may do what."),
    },
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="seatwise")
def main() -> None:
    """Seatwise: who pays for what, and who may use it.

    Settings come from the environment; `seatwise doctor` shows them all.

    Exit codes: 0 done, 1 it failed (the reason is on stderr), 2 wrong usage.
    """
