"""A click group that imports a command's module only when the command is used."""

import importlib
from collections.abc import Mapping
from typing import Any

import click


class LazyGroup(click.Group):
    """`commands_of` maps a command's name to its module and its one-line description.

    The command is the module's object of the same name (`catalog-push` is `catalog_push`).
    """

    def __init__(self, *, commands_of: Mapping[str, tuple[str, str]], **attributes: Any) -> None:
        """The other arguments are those of `click.Group`."""
        super().__init__(**attributes)
        self.commands_of = commands_of

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """In the order given, which is the order of use."""
        return list(self.commands_of)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import the command, if there is one of that name."""
        if cmd_name not in self.commands_of:
            return None
        module = importlib.import_module(self.commands_of[cmd_name][0])
        command = getattr(module, cmd_name.replace("-", "_"))
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """List the commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.commands_of.items()])
