"""Fields whose values a function gives."""

from collections.abc import Callable
from typing import Any

import strawberry

from schema.directives import ONE_PAGE, ListSize


def resolved(
    resolver: Callable[..., Any], *, description: str, size: ListSize | None = None
) -> Any:
    """A field of the type that its annotation says.

    The function gives the view behind that type (`services/views.py`): GraphQL types have no
    instances here, so its return type and the annotation differ, and checkers are told Any. `size`
    says how long a list is, for computing what an operation may cost.
    """
    directives = [size] if size else []
    return strawberry.field(resolver=resolver, description=description, directives=directives)


def connection(resolver: Callable[..., Any], *, description: str) -> Any:
    """A field that gives a page of a list, by `first` and `after`."""
    return resolved(resolver, description=description, size=ONE_PAGE)


def live(resolver: Callable[..., Any], *, description: str) -> Any:
    """A live field: the function gives one view after the other."""
    return strawberry.subscription(resolver=resolver, description=description)
