from datetime import timedelta

import click
import pytest

from server.cli.duration import Duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("40d", timedelta(days=40)),
        ("12h", timedelta(hours=12)),
        ("1d12h", timedelta(days=1, hours=12)),
        ("1d2h3m4s", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("0s", timedelta()),
    ],
)
def test_durations(text: str, expected: timedelta) -> None:
    assert Duration().convert(text, None, None) == expected


@pytest.mark.parametrize(
    "text", ["", "d", "40", "-1d", "1h1d", "1.5d", "1 d", "\u0661d", "9" * 30 + "d"]
)
def test_what_is_none(text: str) -> None:
    with pytest.raises(click.BadParameter):
        Duration().convert(text, None, None)
