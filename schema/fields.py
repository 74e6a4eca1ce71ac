"""Fields whose values a function gives."""

from collections.abc import Callable, Sequence
from typing import Any

import strawberry

from schema.directives import NULL_ONLY_ON_ERROR, ONE_PAGE, ListSize


def resolved(
    resolver: Callable[..., Any],
    *,
    description: str,
    size: ListSize | None = None,
    directives: Sequence[object] = (),
) -> Any:
    """A field of the type that its annotation says.

    The function gives the view behind that type (`services/views.py`): GraphQL types have no
    instances here, so its return type and the annotation differ, and checkers are told Any. `size`
    says how long a list is, for computing what an operation may cost; `directives` are what else
    the schema says of it.
    """
    said = [*directives, *([size] if size else [])]
    return strawberry.field(resolver=resolver, description=description, directives=said)


def connection(resolver: Callable[..., Any], *, description: str) -> Any:
    """A field that gives a page of a list, by `first` and `after`."""
    return resolved(resolver, description=description, size=ONE_PAGE)


def guarded_connection(resolver: Callable[..., Any], *, description: str) -> Any:
    """A `connection` that the resolver may refuse. The field has to be nullable."""
    return resolved(
        resolver, description=description, size=ONE_PAGE, directives=[NULL_ONLY_ON_ERROR]
    )


def live(resolver: Callable[..., Any], *, description: str) -> Any:
    """A live field: the function gives one view after the other."""
    return strawberry.subscription(resolver=resolver, description=description)
