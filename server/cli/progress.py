"""How far a command has come, for whoever watches it."""

import sys
from typing import Any

import click


def progress_bar(total: int, *, label: str) -> Any:
    """On stderr, and only where that is a terminal: the list on stdout can be piped."""
    return click.progressbar(
        length=total,
        label=label,
        show_pos=True,
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
    )
