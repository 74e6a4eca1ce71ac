"""What graphql-core finds out about an operation before it runs, found out once.

For each request it collects the document's fragments, and looks up the type of each variable to
coerce its value. Both are kept here. A request with an unusual value, or with anything wrong,
is graphql-core's from the start, with its own errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    is_non_null_type,
)
from graphql.execution import Executor
from graphql.execution.get_variable_signature import GraphQLVariableSignature
from graphql.execution.values import VariableValues, VariableValueSource

from execution.cache import BoundedCache
from execution.inputs import Coerce, UnusualValueError, coercion

_MAX_OPERATIONS = 1_000
_OPTIONS = frozenset(
    ("root_value", "context_value", "raw_variable_values", "operation_name", "hide_suggestions")
)  # fmt: skip
"""The options of `build` that are understood here."""


class _Variable(NamedTuple):
    name: str
    signature: GraphQLVariableSignature
    coerce: Coerce
    may_be_left_out: bool


class _Prepared(NamedTuple):
    document: DocumentNode
    """Held, so that its id stays its own."""
    common: dict[str, Any]
    """The arguments of the executor that are the same for every request."""
    variables: tuple[_Variable, ...]


class PreparedExecutor(Executor[Any]):
    """Mixed into an executor class, before it."""

    @classmethod
    def build(  # type: ignore[override] # the arguments after these are options
        cls, schema: GraphQLSchema, document: DocumentNode, **options: Any
    ) -> list[GraphQLError] | Executor[Any]:
        """The executor of a request, or the request's errors."""
        if not options.keys() <= _OPTIONS:
            return super().build(schema, document, **options)
        place = (
            *(id(schema), id(document), options.get("operation_name")),
            options.get("hide_suggestions", False),
        )  # fmt: skip
        prepared = _kept.get(place)
        if prepared is None:
            return cls._build_first(place, schema, document, options)
        values = _coerced(prepared.variables, options.get("raw_variable_values") or {})
        if values is None:
            return super().build(schema, document, **options)
        return cls(
            root_value=options.get("root_value"),
            context_value=options.get("context_value"),
            variable_values=values,
            **prepared.common,
        )

    @classmethod
    def _build_first(
        cls, place: _Place, schema: GraphQLSchema, document: DocumentNode, options: dict[str, Any]
    ) -> list[GraphQLError] | Executor[Any]:
        executor = super().build(schema, document, **options)
        if isinstance(executor, Executor):
            common = {name: getattr(executor, name) for name in _COMMON}
            signatures = executor.variable_values.sources.values()
            variables = tuple(_variable(source.signature) for source in signatures)
            _kept.put(place, _Prepared(document, common, variables))
        return executor


_COMMON = (
    "schema", "fragment_definitions", "fragments", "operation", "field_resolver",
    "type_resolver", "subscribe_field_resolver", "hide_suggestions",
)  # fmt: skip

_Place: TypeAlias = tuple[int, int, str | None, bool]

_kept: BoundedCache[_Place, _Prepared] = BoundedCache(max_entries=_MAX_OPERATIONS)
"""Nothing in it is of one request."""


def _variable(signature: GraphQLVariableSignature) -> _Variable:
    may_be_left_out = not is_non_null_type(signature.type) and not signature.default
    return _Variable(signature.name, signature, coercion(signature.type), may_be_left_out)


def _coerced(
    variables: tuple[_Variable, ...], given: Mapping[str, object]
) -> VariableValues | None:
    """The values of the variables; None when one of them is unusual."""
    values = VariableValues({}, {})
    for name, signature, coerce, may_be_left_out in variables:
        if name in given:
            value = given[name]
            values.sources[name] = VariableValueSource(signature, value)
            try:
                values.coerced[name] = coerce(value)
            except UnusualValueError:
                return None
        elif may_be_left_out:
            values.sources[name] = VariableValueSource(signature)
        else:
            return None
    return values
