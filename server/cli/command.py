"""A click command whose help ends with examples, line by line as they are typed."""

from collections.abc import Sequence
from typing import Any

import click


class Command(click.Command):
    """`examples` are shown below the options."""

    def __init__(self, *, examples: Sequence[str] = (), **attributes: Any) -> None:
        """The other arguments are those of `click.Command`."""
        super().__init__(**attributes)
        self.examples = examples

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples as they are: a wrapped command cannot be pasted."""
        super().format_epilog(ctx, formatter)
        if self.examples:
            with formatter.section("Examples"):
                for example in self.examples:
                    formatter.write(f"{' ' * formatter.current_indent}{example}\n")
