"""A length of time on the command line: `40d`, `12h`, `1d12h`, `90s`."""

import re
from datetime import timedelta

import click

_FORM = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)


class Duration(click.ParamType[timedelta]):
    """Days, hours, minutes and seconds, in that order; at least one of them."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Read the text; a mistake is told with an example."""
        if isinstance(value, timedelta):
            return value
        match = _FORM.fullmatch(str(value))
        if not match or not any(match.groups()):
            self.fail(f"{value!r} is not a duration such as 40d, 12h or 1d12h", param, ctx)
        days, hours, minutes, seconds = (int(group or 0) for group in match.groups())
        try:
            return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        except OverflowError:
            self.fail(f"{value!r} is too long", param, ctx)
