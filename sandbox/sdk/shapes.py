"""The shape of a value on the wire: what a parameter or an answer may look like.

A shape is compiled once from an annotation of the SDK (`annotations.py`) and then used in both
directions: `params.py` reads form values by it, `answers.py` checks JSON by it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Anything:
    """A value that the SDK does not describe."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A string, integer, boolean, float or decimal."""

    kind: type


@dataclass(frozen=True, slots=True)
class OneOf:
    """A closed list of values. The SDK's "or any other string" is deliberately left out."""

    values: tuple[str | int | bool, ...]


@dataclass(frozen=True, slots=True)
class ListOf:
    """Items of one shape."""

    item: "Shape"


@dataclass(frozen=True, slots=True)
class DictOf:
    """Free keys, as in `metadata`."""

    item: "Shape"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The alternatives of a union, in the order in which they are tried."""

    options: tuple["Shape", ...]


@dataclass(frozen=True, slots=True)
class Nullable:
    """A field of an answer that may be null or left out."""

    item: "Shape"


@dataclass(frozen=True, slots=True)
class Reference:
    """A field of an answer that holds an id, or the object itself when expanded."""

    target: "Shape"


@dataclass(slots=True, eq=False)
class Fields:
    """Named fields. They are compiled at first use, because objects refer to each other."""

    name: str
    compile: Callable[[], tuple[dict[str, "Shape"], frozenset[str]]]
    _compiled: tuple[dict[str, "Shape"], frozenset[str]] | None = field(default=None, repr=False)

    @property
    def fields(self) -> dict[str, "Shape"]:
        """The shape of each field."""
        return self._get()[0]

    @property
    def required(self) -> frozenset[str]:
        """The fields that are always there."""
        return self._get()[1]

    def _get(self) -> tuple[dict[str, "Shape"], frozenset[str]]:
        if self._compiled is None:
            self._compiled = self.compile()
        return self._compiled


Shape: TypeAlias = (
    Anything | Scalar | OneOf | ListOf | DictOf | AnyOf | Nullable | Reference | Fields
)
