"""What an operation may cost: a tree compiled once per operation, computed for each request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias


class Cost(NamedTuple):
    """The two sums of IBM's cost specification."""

    field: float
    """Of the fields that are resolved."""
    type: float
    """Of the objects that may be built."""


class ListTooLongError(Exception):
    """A slicing argument asks for more items than a list may have."""

    def __init__(self, asked: int, field: str) -> None:
        super().__init__(f"{field} was asked for {asked} items")
        self.asked = asked
        self.field = field


@dataclass(frozen=True, slots=True, eq=False)
class Size:
    """The length of a list: a number, or what the request's variable says."""

    field: str
    assumed: int
    variable: str | None = None
    is_counted: bool = False
    """The slicing argument is a list, such as ids: it asks for one item each, in its own bounds."""

    def asked(self, variables: Mapping[str, Any]) -> int:
        """What this request asks for. A value that is no number is refused later, by its type."""
        asked = variables.get(self.variable, self.assumed) if self.variable else self.assumed
        if isinstance(asked, list):
            return len(asked)
        return asked if isinstance(asked, int) else self.assumed

    def of(self, variables: Mapping[str, Any], *, largest: int) -> int:
        """The length in this request."""
        size = self.asked(variables)
        if size > largest and not self.is_counted:
            raise ListTooLongError(size, self.field)
        return max(size, 0)


@dataclass(frozen=True, slots=True, eq=False)
class CostNode:
    """A selected field, or a fragment (which costs nothing itself)."""

    own: float
    object_weight: float
    size: Size | None
    alternatives: tuple[tuple["CostNode", ...], ...]
    """What is selected below, for each object type that may come. The dearest counts."""


def open_sizes(root: CostNode) -> tuple[Size, ...]:
    """The sizes that wait for a variable: what else an operation costs is always the same."""
    seen: dict[int, CostNode] = {}

    def visit(node: CostNode) -> None:
        if id(node) in seen:
            return
        seen[id(node)] = node
        for children in node.alternatives:
            for child in children:
                visit(child)

    visit(root)
    sizes = (node.size for node in seen.values())
    return tuple(dict.fromkeys(size for size in sizes if size and size.variable))


_Memo: TypeAlias = dict[int, Cost]


def cost_of(root: CostNode, variables: Mapping[str, Any], *, largest_list: int) -> Cost:
    """The cost of an operation with these variables.

    Each node is computed once, however often fragments repeat it.

    Raises:
        ListTooLongError: when a list is asked for more than `largest_list` items.
    """
    memo: _Memo = {}

    def of_node(node: CostNode) -> Cost:
        known = memo.get(id(node))
        if known is None:
            size = node.size.of(variables, largest=largest_list) if node.size else 1
            below = of_alternatives(node)
            known = memo[id(node)] = Cost(
                node.own + size * below.field, size * (node.object_weight + below.type)
            )
        return known

    def of_alternatives(node: CostNode) -> Cost:
        costs = [[of_node(child) for child in children] for children in node.alternatives]
        return Cost(
            max((sum(cost.field for cost in children) for children in costs), default=0),
            max((sum(cost.type for cost in children) for children in costs), default=0),
        )

    return of_node(root)
