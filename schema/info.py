"""What a resolver function of the schema is told, and what was selected below its field."""

import strawberry

from execution.look_ahead import selection_of
from execution.selection import Selection
from resolvers.context import Context

Info = strawberry.Info[Context, None]


def selected(info: Info) -> Selection:
    """What is selected below the field that is being resolved."""
    return selection_of(info._raw_info)  # noqa: SLF001 # Strawberry has no public way to it


def selected_nodes(info: Info) -> Selection:
    """What is selected of the nodes of the connection that is being resolved."""
    selection = selected(info)
    return selection["nodes"] | selection["edges"]["node"]
