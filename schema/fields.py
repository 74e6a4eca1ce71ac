"""Fields whose values a function gives."""

from collections.abc import Callable
from typing import Any

import strawberry


def resolved(resolver: Callable[..., Any], *, description: str) -> Any:
    """A field of the type that its annotation says.

    The function gives the view behind that type (`services/views.py`): GraphQL types have no
    instances here, so its return type and the annotation differ, and checkers are told Any.
    """
    return strawberry.field(resolver=resolver, description=description)


def live(resolver: Callable[..., Any], *, description: str) -> Any:
    """A live field: the function gives one view after the other."""
    return strawberry.subscription(resolver=resolver, description=description)
