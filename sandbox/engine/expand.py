"""`expand`: references become objects, and fields that are shown on demand appear."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from sandbox.engine.account import Account, Resource
from sandbox.engine.render import ON_DEMAND, render
from sandbox.errors import StripeError, invalid

Include: TypeAlias = Callable[[Account, Resource], Awaitable[Any]]

_INCLUDES: dict[tuple[str, str], Include] = {}
_DEEPEST = 4


def include(kind: str, field: str) -> Callable[[Include], Include]:
    """Registers how an on-demand field that is not stored is made."""

    def register(function: Include) -> Include:
        _INCLUDES[kind, field] = function
        return function

    return register


async def expand(account: Account, answer: Resource, paths: list[str]) -> None:
    """Expands `answer` in place.

    Raises:
        StripeError: a path names nothing that can be expanded.
    """
    for path in paths:
        segments = path.split(".")
        if len(segments) > _DEEPEST + (segments[0] == "data"):
            raise invalid(f"You cannot expand more than {_DEEPEST} levels of a property.")
        await _expand_path(account, answer, segments, path)


async def _expand_path(account: Account, node: Any, segments: list[str], path: str) -> None:
    if not segments or node is None:
        return
    if isinstance(node, list):
        await account.load(_references(node, segments[0]))
        for item in node:
            await _expand_path(account, item, segments, path)
        return
    if not isinstance(node, dict):
        raise _not_expandable(path)
    head, *rest = segments
    await _expand_field(account, node, head, path)
    await _expand_path(account, node[head], rest, path)


def _references(items: list[Any], name: str) -> list[str]:
    """The ids that a field of many items holds."""
    values = [item.get(name) for item in items if isinstance(item, dict)]
    return [value for value in values if isinstance(value, str)]


async def _expand_field(account: Account, node: Resource, name: str, path: str) -> None:
    if name in ON_DEMAND.get(str(node.get("object")), ()):
        node.setdefault(name, await _include(account, node, name))
    if name not in node:
        raise _not_expandable(path)
    value = node[name]
    if isinstance(value, str):
        node[name] = await _fetch(account, value, path)
    elif isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        node[name] = [await _fetch(account, item, path) for item in value]


async def _include(account: Account, node: Resource, name: str) -> Any:
    stored = await account.find(node.get("id")) or {}
    if function := _INCLUDES.get((node["object"], name)):
        return render(await function(account, stored))
    return render(stored.get(name))


async def _fetch(account: Account, key: str, path: str) -> Resource:
    found = await account.find(key)
    if found is None:
        raise _not_expandable(path)
    shown: Resource = render(found)
    return shown


def _not_expandable(path: str) -> StripeError:
    return invalid(
        f"This property cannot be expanded ({path}). You may want to try expanding "
        f"'data.{path}' instead, or look at the documentation of the object.",
        param="expand",
    )
