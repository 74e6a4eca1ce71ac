"""docs/operations.md says what the code does."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from server.settings import Settings, variable_of
from server.telemetry.page import table

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/operations.md").read_text()
LAYERS = ("server", "schema", "resolvers", "services", "db", "execution")
ALARMING = {"warning", "error", "exception"}


def test_the_table_of_figures_is_made_from_the_code() -> None:
    assert table() in PAGE


def test_every_figure_that_is_named_there_exists() -> None:
    known = set(re.findall(r"`(seatwise_\w+)`", table()))
    named = set(re.findall(r"\bseatwise_\w+", PAGE))
    assert {re.sub(r"_count$", "", name) for name in named} <= known


def test_every_setting_that_is_named_there_exists() -> None:
    known = {variable_of(name) for name in Settings.model_fields}
    known |= {
        variable_of("graphql", name)
        for name in Settings.model_fields["graphql"].annotation.model_fields  # type: ignore[union-attr] # it is a model
    }
    assert set(re.findall(r"\bSEATWISE_\w+", PAGE)) <= known


def logged_alarms() -> Iterator[str]:
    """The names of the lines that the program logs as a warning or worse."""
    for path in (path for layer in LAYERS for path in (ROOT / layer).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Attribute(attr=level), args=[name, *_]) if level in ALARMING:
                    yield from (
                        part.value
                        for part in ast.walk(name)
                        if isinstance(part, ast.Constant) and isinstance(part.value, str)
                    )


def test_every_line_that_alarms_is_explained_and_no_other() -> None:
    lines = PAGE.partition("## Logs")[2].partition("\n## ")[0]
    explained = {
        name
        for row in re.findall(r"^\| (`.*?`) \|", lines, re.MULTILINE)
        for name in re.findall(r"`(.*?)`", row)
    }
    assert explained == set(logged_alarms())
