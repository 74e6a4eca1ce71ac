"""Places in documents, as cache keys.

Nodes compare by content, which costs more than what is cached, so the key is made of identities.
Whoever keeps something by such a key keeps the type and the nodes too: then no id is used again.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeAlias

from graphql import FieldNode, GraphQLOutputType

Flags: TypeAlias = tuple[tuple[str, bool], ...]
Place: TypeAlias = tuple[Hashable, ...]


def flags_of(variables: Mapping[str, object]) -> Flags:
    """The variables that `@skip` and `@include` can depend on: no others tell places apart."""
    return tuple([(name, value) for name, value in variables.items() if isinstance(value, bool)])


def place_of(type_: GraphQLOutputType, nodes: Iterable[FieldNode], flags: Flags) -> Place:
    """The place of `nodes`, which all stand for one field, on or of a value of `type_`."""
    return (id(type_), *map(id, nodes), flags)
