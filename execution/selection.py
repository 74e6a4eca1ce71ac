"""What a client selected below one field: all that resolvers and services see of GraphQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

NO_ARGUMENTS: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class SelectedField:
    """One field of a selection, under one response key.

    Attributes:
        name: the Python name of the field, in snake_case.
        arguments: the coerced arguments by Python name, defaults applied; what the client left
            out and has no default is absent.
        selection: what is selected below it; empty for a scalar.
        key: the key of the field in the response: its alias, or its GraphQL name.
        types: names of the object types it was selected for; None when it applies to all.
    """

    name: str
    arguments: Mapping[str, object]
    selection: Selection
    key: str
    types: frozenset[str] | None = None


class Selection:
    """The fields selected on one object: aliases and fragments resolved, `__typename` left out.

    On an interface or a union it holds everything that may apply, and `on` narrows it to one
    object type. It never changes, so one value serves every request of a document that selects
    without variables.
    """

    EMPTY: ClassVar[Selection]

    __slots__ = ("_by_name", "_entries", "names")

    names: frozenset[str]
    """The Python names of the selected fields: hashable, to choose a statement's shape by."""

    def __init__(self, entries: tuple[SelectedField, ...] = ()) -> None:
        self._entries = entries
        self._by_name = _by_name(entries)
        self.names = frozenset(self._by_name)

    @classmethod
    def of(cls, *names: str, **selections: Selection) -> Selection:
        """Written by hand: `Selection.of("plan", subscription=Selection.of("price"))`."""
        fields = dict.fromkeys(names, cls.EMPTY) | selections
        return cls(tuple(SelectedField(n, NO_ARGUMENTS, s, n) for n, s in fields.items()))

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __bool__(self) -> bool:
        return bool(self._entries)

    def __getitem__(self, name: str) -> Selection:
        """What is selected below `name`, merged over its aliases; empty when it is not selected."""
        merged = Selection.EMPTY
        for field in self.fields(name):
            merged |= field.selection
        return merged

    def __or__(self, other: Selection) -> Selection:
        """Everything that either of the two selects."""
        if not other or self is other:
            return self
        return Selection(self._entries + other._entries) if self else other

    def __repr__(self) -> str:
        return f"Selection({', '.join(map(_describe, self._entries))})"

    def fields(self, name: str) -> tuple[SelectedField, ...]:
        """The field `name`, once for each response key under which it was selected."""
        return self._by_name.get(name, ())

    def on(self, type_name: str) -> Selection:
        """The part that applies to the object type `type_name` (its GraphQL name)."""
        applying = tuple(e for e in self._entries if e.types is None or type_name in e.types)
        return self if len(applying) == len(self._entries) else Selection(applying)


def _by_name(entries: tuple[SelectedField, ...]) -> dict[str, tuple[SelectedField, ...]]:
    by_key: dict[tuple[str, str], SelectedField] = {}
    for entry in entries:
        known = by_key.get((entry.name, entry.key))
        by_key[entry.name, entry.key] = entry if known is None else _merged(known, entry)
    found: dict[str, tuple[SelectedField, ...]] = {}
    for (name, _), field in by_key.items():
        found[name] = (*found.get(name, ()), field)
    return found


def _merged(one: SelectedField, other: SelectedField) -> SelectedField:
    """The same response key twice: GraphQL lets them differ only in what lies below, or by type."""
    types = None if one.types is None or other.types is None else one.types | other.types
    below = one.selection | other.selection
    return SelectedField(one.name, one.arguments, below, one.key, types)


def _describe(field: SelectedField) -> str:
    below = f"={field.selection!r}" if field.selection else ""
    return (field.key if field.key == field.name else f"{field.key}: {field.name}") + below


Selection.EMPTY = Selection()
