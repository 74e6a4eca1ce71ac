"""docs/operations.md says what the code does."""

import re
from pathlib import Path

from server.settings import Settings, variable_of
from server.telemetry.page import table

PAGE = (Path(__file__).parents[2] / "docs/operations.md").read_text()


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
