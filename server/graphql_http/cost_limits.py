"""Refuses operations that may cost too much, before they run."""

from dataclasses import dataclass
from typing import Any

from graphql import DocumentNode, GraphQLSchema, OperationDefinitionNode

from execution.cache import BoundedCache
from server.graphql_http.cost import compile_cost
from server.graphql_http.cost_model import (
    Cost,
    CostNode,
    ListTooLongError,
    Size,
    cost_of,
    open_sizes,
)
from server.graphql_http.error_codes import ErrorCode
from server.graphql_http.refusals import GraphQLRequestError
from server.graphql_http.settings import GraphQLHTTPSettings

_KEPT = 1_000
_LARGEST_NUMBER = 2**53
"""Beyond it JSON's readers lose digits."""


@dataclass(frozen=True, slots=True, eq=False)
class _Compiled:
    operation: OperationDefinitionNode
    """Held, so that its id stays its own."""
    root: CostNode
    sizes: tuple[Size, ...]
    """Those that variables decide: by their values costs are kept."""


class CostLimits:
    """Computes the cost of operations of one schema; each is compiled once."""

    def __init__(self, schema: GraphQLSchema, settings: GraphQLHTTPSettings) -> None:
        self._schema = schema
        self._settings = settings
        self._compiled: BoundedCache[int, _Compiled] = BoundedCache(max_entries=_KEPT)
        self._costs: BoundedCache[tuple[_Compiled, tuple[int, ...]], Cost] = BoundedCache(
            max_entries=_KEPT
        )

    def check(
        self,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: dict[str, Any],
    ) -> Cost:
        """The cost with these variables, computed once for each size of its lists.

        Raises:
            GraphQLRequestError: when it, or the length of a list, is over the limit.
        """
        largest = self._settings.max_list_size
        try:
            cost = self._cost(self._of(document, operation), variables)
        except ListTooLongError as error:
            raise GraphQLRequestError.of(
                f"`{error.field}` gives at most {largest} items at once, not {error.asked}.",
                code=ErrorCode.BAD_USER_INPUT,
                limit=largest,
                reached=error.asked,
            ) from None
        self._require("resolve fields", cost.field, self._settings.max_field_cost)
        self._require("build objects", cost.type, self._settings.max_type_cost)
        return cost

    def _cost(self, compiled: _Compiled, variables: dict[str, Any]) -> Cost:
        key = (compiled, tuple([size.asked(variables) for size in compiled.sizes]))
        cost = self._costs.get(key)
        if cost is None:
            largest = self._settings.max_list_size
            cost = cost_of(compiled.root, variables, largest_list=largest)
            self._costs.put(key, cost)
        return cost

    def _of(self, document: DocumentNode, operation: OperationDefinitionNode) -> _Compiled:
        compiled = self._compiled.get(id(operation))
        if compiled is None:
            root = compile_cost(self._schema, document, operation)
            compiled = _Compiled(operation, root, open_sizes(root))
            self._compiled.put(id(operation), compiled)
        return compiled

    def _require(self, doing: str, cost: float, limit: int) -> None:
        if cost > limit:
            raise GraphQLRequestError.of(
                f"To {doing}, this operation may cost {cost:.6g}; at most {limit} is allowed.",
                code=ErrorCode.COST_LIMIT_EXCEEDED,
                limit=limit,
                reached=min(cost, _LARGEST_NUMBER),
            )
