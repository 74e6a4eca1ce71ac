import difflib
from pathlib import Path

import click

from schema.permission_table import markdown
from server.cli.command import Command

COMMITTED = Path(__file__).resolve().parent.parent.parent / "docs" / "permissions.md"


@click.command(
    cls=Command,
    examples=["seatwise permissions > docs/permissions.md", "seatwise permissions --check"],
)
@click.option("--check", is_flag=True, help="Compare with the committed docs/permissions.md.")
def permissions(*, check: bool) -> None:
    """Print who may do what."""
    printed = markdown()
    if not check:
        click.echo(printed, nl=False)
        return
    committed = COMMITTED.read_text() if COMMITTED.is_file() else ""
    if committed != printed:
        difference = difflib.unified_diff(
            committed.splitlines(),
            printed.splitlines(),
            "docs/permissions.md",
            "the code",
            lineterm="",
        )
        raise click.ClickException(
            "\n".join(["run `seatwise permissions > docs/permissions.md`:", *difference])
        )
    click.echo("docs/permissions.md is up to date")
