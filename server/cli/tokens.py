from datetime import timedelta

import click

from server import settings as server_settings
from server.cli.command import Command
from server.cli.duration import Duration
from server.development_issuer.minting import mint_access_token, mint_service_token
from server.development_issuer.settings import KEY_FILE
from server.settings import Settings


@click.command(
    cls=Command,
    examples=[
        "seatwise token --email owner@acme.test",
        "seatwise token --service reports --scope access:read",
        'curl -H "Authorization: Bearer $(seatwise token --email owner@acme.test)" ...',
    ],
)
@click.option("--email", help="Whose token; anybody's address will do.")
@click.option("--service", metavar="CLIENT", help="A program's token instead of a person's.")
@click.option("--scope", "scopes", multiple=True, help="For --service; may be repeated.")
@click.option(
    "--lifetime", type=Duration(), default="1h", show_default=True, help="How long it is good."
)
def token(
    *, email: str | None, service: str | None, scopes: tuple[str, ...], lifetime: timedelta
) -> None:
    """Print an access token of the development issuer.

    For curl and scripts: it is what signing in would have given.
    """
    if (email is None) == (service is None):
        raise click.UsageError("give --email or --service")
    settings = server_settings.load()
    if not settings.uses_development_issuer:
        raise click.ClickException(f"tokens come from {settings.oidc_issuer}, not from us")
    try:
        click.echo(_mint(settings, email, service, scopes, seconds=int(lifetime.total_seconds())))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--email") from error


def _mint(
    settings: Settings,
    email: str | None,
    service: str | None,
    scopes: tuple[str, ...],
    *,
    seconds: int,
) -> str:
    key_path = settings.data_dir / KEY_FILE
    issuer, audience = settings.oidc_issuer, settings.oidc_audience
    if email is not None:
        return mint_access_token(
            key_path, issuer=issuer, audience=audience, email=email, seconds=seconds
        )
    return mint_service_token(
        key_path,
        issuer=issuer,
        audience=audience,
        client_id=str(service),
        seconds=seconds,
        **({"scopes": scopes} if scopes else {}),
    )
