"""`python -m sandbox`: the sandbox alone, for anybody's tests."""

import asyncio

import asyncpg
import click

from sandbox.engine.database import check_database
from sandbox.server import run


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8420, show_default=True)
@click.option(
    "--database-url",
    envvar="DATABASE_URL",
    required=True,
    show_envvar=True,
    help="A Postgres; the sandbox keeps to its schema `sandbox`.",
)
@click.option("--public-url", help="What browsers use, when it is not the address listened on.")
def main(host: str, port: int, database_url: str, public_url: str | None) -> None:
    """A stand-in for Stripe over HTTP. Any key `sk_test_...` opens an account of its own."""
    try:
        asyncio.run(check_database(database_url))
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
        raise click.ClickException(f"the database cannot be used: {problem}") from problem
    run(host=host, port=port, database_url=database_url, public_url=public_url)


if __name__ == "__main__":
    main()
