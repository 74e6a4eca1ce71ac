import click

from server import settings as server_settings
from server.cli.command import Command
from server.development.children import ChildDiedError
from server.development.develop import develop


@click.command(
    cls=Command,
    examples=[
        "seatwise dev",
        "PORT=8001 SEATWISE_SANDBOX_PORT=8421 SEATWISE_DATA_DIR=.data/second seatwise dev",
        "STRIPE_API_KEY=sk_test_... STRIPE_WEBHOOK_SECRET=whsec_... seatwise dev",
    ],
)
def dev() -> None:
    """Start everything on this machine, with demo data.

    An embedded Postgres (unless DATABASE_URL names one), the sandbox (unless STRIPE_API_KEY names
    an account), the server and the worker. Ctrl-C stops what was started; the data stays.
    """
    try:
        develop(server_settings.load())
    except ChildDiedError as error:
        raise click.ClickException(str(error)) from error
