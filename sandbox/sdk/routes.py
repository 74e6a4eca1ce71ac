"""The table of Stripe's routes, read from the service modules of the installed SDK.

The services are generated code of one form: a method, its `params` annotation, its return
annotation, and one `self._request("verb", "/v1/path")`. Reading that form takes a fraction of the
time that importing and inspecting two hundred modules would.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import stripe

from sandbox.sdk.annotations import shape_of, shape_of_params
from sandbox.sdk.shapes import Fields, Shape

_METHOD = re.compile(
    r"def (?P<name>\w+)\((?P<signature>[^)]*)\) -> (?P<answer>.*?):\n.*?self\._request\(\s*"
    r'"(?P<verb>\w+)",\s*"(?P<path>/v1/[^"]*)"',
    re.DOTALL,
)
_PARAMS = re.compile(r'params:\s*(?:Optional\[\s*)?"(?P<name>\w+)"')
_IMPORT = re.compile(r"from (?P<module>stripe\.[\w.]+) import \(?\s*(?P<names>[\w,\s]+?)\s*\)?\n")


@dataclass(frozen=True)
class Route:
    """One of Stripe's routes. `path` is as in the SDK, with `{names}` for ids."""

    verb: str
    path: str
    params_module: str
    params_name: str
    service_module: str
    answer: str

    @cached_property
    def params(self) -> Fields:
        """What the SDK says that the route takes."""
        module = import_module(self.params_module)
        return shape_of_params(getattr(module, self.params_name))

    @cached_property
    def answers(self) -> Shape:
        """What the SDK says that the route answers."""
        import_module(self.service_module)
        return shape_of(self.answer, self.service_module)


@cache
def list_routes() -> tuple[Route, ...]:
    """Every route of API v1 that the SDK knows."""
    root = Path(stripe.__file__).parent
    routes = {
        (route.verb, route.path): route
        for file in sorted(root.rglob("*_service.py"))
        for route in _routes_in(file, root)
    }
    return tuple(routes.values())


def _routes_in(file: Path, root: Path) -> Iterator[Route]:
    source = file.read_text()
    modules = {
        name: found["module"]
        for found in _IMPORT.finditer(source)
        for name in re.findall(r"\w+", found["names"])
    }
    service_module = ".".join(("stripe", *file.relative_to(root).with_suffix("").parts))
    for chunk in re.split(r"\n    (?=async def |def )", source):
        found = _METHOD.match(chunk)
        params = found and _PARAMS.search(found["signature"])
        if found and params:
            yield Route(
                verb=found["verb"].upper(),
                path=found["path"],
                params_module=modules[params["name"]],
                params_name=params["name"],
                service_module=service_module,
                answer=_unquoted(found["answer"]),
            )


def _unquoted(annotation: str) -> str:
    return " ".join(annotation.replace('"', "").split())


class RouteTable:
    """Finds the route of a request: literal segments win over ids."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self._root: dict[str, Any] = {}
        for route in routes:
            node = self._root
            for segment in route.path.strip("/").split("/"):
                node = node.setdefault("{}" if segment.startswith("{") else segment, {})
            node.setdefault("", {})[route.verb] = route

    def find(self, *, verb: str, path: str) -> tuple[Route, list[str]] | None:
        """The route and the ids in the path, or None when Stripe has no such route."""
        found = _descend(self._root, path.strip("/").split("/"), [])
        if found is None:
            return None
        routes, ids = found
        route = routes.get(verb)
        return (route, ids) if route else None


def _descend(
    node: dict[str, Any], segments: list[str], ids: list[str]
) -> tuple[dict[str, Route], list[str]] | None:
    if not segments:
        return (node[""], ids) if "" in node else None
    head, *rest = segments
    if head in node and head and (found := _descend(node[head], rest, ids)):
        return found
    if "{}" in node and head:
        return _descend(node["{}"], rest, [*ids, head])
    return None
