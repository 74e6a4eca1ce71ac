import difflib
from pathlib import Path

import click

from schema.build import sdl
from server.cli.command import Command

COMMITTED = Path(__file__).resolve().parent.parent.parent / "schema.graphql"


@click.command(
    cls=Command, examples=["seatwise schema > schema.graphql", "seatwise schema --check"]
)
@click.option("--check", is_flag=True, help="Compare with the committed schema.graphql instead.")
def schema(*, check: bool) -> None:
    """Print the GraphQL schema."""
    printed = sdl()
    if not check:
        click.echo(printed, nl=False)
        return
    committed = COMMITTED.read_text() if COMMITTED.is_file() else ""
    if committed != printed:
        difference = difflib.unified_diff(
            committed.splitlines(), printed.splitlines(), "schema.graphql", "the code", lineterm=""
        )
        raise click.ClickException(
            "\n".join(["run `seatwise schema > schema.graphql`:", *difference])
        )
    click.echo("schema.graphql is up to date")
