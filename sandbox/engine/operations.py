"""Which function answers which of Stripe's routes."""

from collections.abc import Awaitable, Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, TypeAlias

from sandbox.engine.account import Resource
from sandbox.sdk.routes import Route, RouteTable, list_routes

Work: TypeAlias = Callable[..., Awaitable[Resource]]

PAGE = frozenset({"created", "ending_before", "limit", "starting_after"})
"""The parameters of every list; `created` where Stripe has it."""


@dataclass(frozen=True)
class Operation:
    """What answers a route, and which of its parameters count."""

    work: Work
    takes: AbstractSet[str]


_OPERATIONS: dict[tuple[str, str], Operation] = {}


def operation(
    verb: str, path: str, *, takes: AbstractSet[str] = frozenset()
) -> Callable[[Work], Work]:
    """Registers `work(account, params, *ids)` for a route, written as in the SDK.

    `takes` names the parameters that have an effect here, beside `expand`. Others are refused:
    what would be ignored in silence would be a lie.
    """

    def register(work: Work) -> Work:
        assert (verb, path) not in _OPERATIONS, f"{verb} {path} is there already"
        _OPERATIONS[verb, path] = Operation(work, takes | {"expand"})
        return work

    return register


def list_operations() -> dict[tuple[str, str], Operation]:
    """Every operation by verb and path."""
    return dict(_OPERATIONS)


@dataclass(frozen=True)
class Match:
    """A request's route, its ids, and the operation when the sandbox has it."""

    route: Route
    ids: list[str]
    operation: Operation | None


class Operations:
    """The routes of Stripe, of which some are implemented here.

    Raises:
        LookupError: an operation was registered for a route that the installed SDK does not have.
    """

    def __init__(self) -> None:
        routes = list_routes()
        self._table = RouteTable(routes)
        unknown = _OPERATIONS.keys() - {(route.verb, route.path) for route in routes}
        if unknown:
            raise LookupError(f"the installed SDK has no {sorted(unknown)}")

    def find(self, *, verb: str, path: str) -> Match | None:
        """The match of a request, or None when Stripe has no such route."""
        found = self._table.find(verb=verb, path=path)
        if found is None:
            return None
        route, ids = found
        return Match(route=route, ids=ids, operation=_OPERATIONS.get((verb, route.path)))


def count_operations() -> dict[str, Any]:
    """How much of Stripe is here; `GET /_control/operations` shows it."""
    implemented = sorted(f"{verb} {path}" for verb, path in _OPERATIONS)
    return {"known": len(list_routes()), "implemented": implemented}
