"""Which function answers which of Stripe's routes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from sandbox.engine.account import Resource
from sandbox.sdk.routes import Route, RouteTable, list_routes

Work: TypeAlias = Callable[..., Awaitable[Resource]]

_WORK: dict[tuple[str, str], Work] = {}


def operation(verb: str, path: str) -> Callable[[Work], Work]:
    """Registers `work(account, params, *ids)` for a route, written as in the SDK."""

    def register(work: Work) -> Work:
        _WORK[verb, path] = work
        return work

    return register


@dataclass(frozen=True)
class Match:
    """A request's route, its ids, and the work when the sandbox has it."""

    route: Route
    ids: list[str]
    work: Work | None


class Operations:
    """The routes of Stripe, of which some are implemented here.

    Raises:
        LookupError: an operation was registered for a route that the installed SDK does not have.
    """

    def __init__(self) -> None:
        routes = list_routes()
        self._table = RouteTable(routes)
        unknown = _WORK.keys() - {(route.verb, route.path) for route in routes}
        if unknown:
            raise LookupError(f"the installed SDK has no {sorted(unknown)}")

    def find(self, *, verb: str, path: str) -> Match | None:
        """The match of a request, or None when Stripe has no such route."""
        found = self._table.find(verb=verb, path=path)
        if found is None:
            return None
        route, ids = found
        return Match(route=route, ids=ids, work=_WORK.get((verb, route.path)))


def count_operations() -> dict[str, Any]:
    """How much of Stripe is here; `GET /_control/operations` shows it."""
    implemented = sorted(f"{verb} {path}" for verb, path in _WORK)
    return {"known": len(list_routes()), "implemented": implemented}
