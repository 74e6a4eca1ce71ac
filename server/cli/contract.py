"""`seatwise schema`: the contract printed, checked, released, and written for a Fusion gateway."""

import difflib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import click
from graphql import build_schema

from schema.build import sdl
from schema.compatibility import AcceptedBreaksError, compare, read_accepted
from schema.conventions import RULES, findings
from server.cli.command import Command

_ROOT = Path(__file__).resolve().parent.parent.parent
COMMITTED = _ROOT / "schema.graphql"
RELEASED = _ROOT / "docs" / "contract" / "released.graphql"
ACCEPTED = _ROOT / "docs" / "contract" / "accepted-breaks.toml"


@click.command(
    cls=Command,
    examples=[
        "seatwise schema > schema.graphql",
        "seatwise schema --check",
        "seatwise schema --fusion gateway/seatwise",
        "seatwise schema --release",
    ],
)
@click.option(
    "--check",
    is_flag=True,
    help="Check the contract instead: that schema.graphql is up to date, that it follows the"
    " conventions, and that it breaks nothing of the last release.",
)
@click.option(
    "--fusion",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write schema.graphqls and schema-settings.json for `nitro fusion compose` instead.",
)
@click.option(
    "--release",
    is_flag=True,
    help="Keep the contract as the released one instead, which later ones are compared with.",
)
def schema(*, check: bool, fusion: Path | None, release: bool) -> None:
    """Print the GraphQL schema."""
    if check + release + (fusion is not None) > 1:
        raise click.UsageError("--check, --fusion and --release exclude each other.")
    if check:
        _check()
    elif release:
        _release()
    elif fusion is not None:
        _write_fusion(fusion)
    else:
        click.echo(sdl(), nl=False)


def _check() -> None:
    steps: list[Callable[[], tuple[list[str], str]]] = [_up_to_date, _conventional, _compatible]
    problems = []
    for step in steps:
        found, message = step()
        problems += found
        if not found:
            click.echo(message)
    if problems:
        raise click.ClickException("\n".join(["the contract is not in order:", *problems]))


def _up_to_date() -> tuple[list[str], str]:
    committed, printed = _text_of(COMMITTED), sdl()
    if committed == printed:
        return [], "schema.graphql is up to date"
    lines = committed.splitlines(), printed.splitlines()
    difference = difflib.unified_diff(*lines, "schema.graphql", "the code", lineterm="")
    return ["run `seatwise schema > schema.graphql`:", *difference], ""


def _conventional() -> tuple[list[str], str]:
    return findings(build_schema(sdl())), f"it follows {len(RULES)} conventions"


def _compatible() -> tuple[list[str], str]:
    released = _text_of(RELEASED)
    if not released:
        return [f"{_shown(RELEASED)} is missing: `seatwise schema --release` makes it"], ""
    try:
        compared = compare(released, sdl(), accepted=read_accepted(_text_of(ACCEPTED)))
    except AcceptedBreaksError as error:
        return [f"{_shown(ACCEPTED)}: {error}"], ""
    for change in compared.dangerous:
        click.echo(f"since the last release, may surprise a client: {change}")
    for change in compared.accepted:
        click.echo(f"since the last release, accepted: {change}")
    problems = [f"{_shown(ACCEPTED)} accepts what is no break: {one}" for one in compared.stale]
    if compared.breaks:
        entries = [f"\n[[accepted]]\nchange = '{one}'\nreason = ''" for one in compared.breaks]
        problems.append(
            "clients of the last release break. If that is meant, tell it in CHANGELOG.md, and say"
            f" why in {_shown(ACCEPTED)}:"
        )
        problems += entries
    return problems, f"it breaks nothing of {released.partition(chr(10))[0].lstrip('# ')}"


def _release() -> None:
    RELEASED.write_text(f"# Seatwise {version('seatwise')}\n\n{sdl()}")
    comments = [line for line in _text_of(ACCEPTED).splitlines() if line.startswith("#")]
    ACCEPTED.write_text("\n".join([*comments, ""]))
    click.echo(f"{_shown(RELEASED)} is the contract of Seatwise {version('seatwise')}")


def _write_fusion(directory: Path) -> None:
    from server.fusion import write_source_schema  # noqa: PLC0415 # the settings are read for it alone
    from server.settings import load  # noqa: PLC0415

    for path in write_source_schema(directory, load()):
        click.echo(f"wrote {path}")
    click.echo("the server serves it with SEATWISE_FUSION=true")


def _text_of(path: Path) -> str:
    return path.read_text() if path.is_file() else ""


def _shown(path: Path) -> str:
    return str(path.relative_to(_ROOT))
