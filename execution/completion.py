"""Compiled completion: results are built by generated functions, and by graphql-core where need be.

graphql-core spends some ten microseconds on a field: it looks up its definition, builds its info,
path and arguments, and tests its value in every way a value can be. Where all fields of a selection
are attributes or synchronous resolvers of loaded objects, one generated function does the same work
on what usually comes (`compiler.py`). It only ever returns the complete value: at anything unusual,
an error included, it raises, nothing is kept, and graphql-core completes the same value from
the start, with its own errors, paths and null propagation. The parts of that value are then tried
again each on its own, so that one error costs the way down to it and no more.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeAlias

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLList,
    GraphQLObjectType,
    GraphQLResolveInfo,
    get_argument_values,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList
from graphql.execution.incremental import IncrementalExecutor
from graphql.pyutils import Path, Undefined

from execution.cache import BoundedCache
from execution.compiler import CannotCompileError, Completion, compile_field, compile_value
from execution.leaves import AsyncValueError
from execution.names import python_arguments
from execution.places import Place, flags_of, place_of
from execution.preparation import PreparedExecutor

_MAX_COMPLETIONS = 2_000
"""Compiled selections kept, over all documents."""

_MAX_COMPILED_PER_REQUEST = 50
"""Compiling takes some 0.3 ms a selection: a document with thousands of fields waits its turn."""

_Compile: TypeAlias = Callable[[Any, FieldDetailsList, Executor[Any]], Completion]


class _Kept:
    """What is known of a selection; `complete` is None as long as graphql-core completes it."""

    __slots__ = ("complete", "keeps_alive", "may_compile")

    def __init__(self, keeps_alive: object) -> None:
        self.keeps_alive = keeps_alive
        self.may_compile = True
        self.complete: Completion | None = None


_kept: BoundedCache[Place, _Kept] = BoundedCache(max_entries=_MAX_COMPLETIONS)


class CompiledCompletion(Executor[Any]):
    """Mixed into an executor class, before it.

    Root fields, and fields under a middleware, are always resolved by graphql-core.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        schema, middleware = self.schema, self.middleware_manager
        self._may_still_compile = _MAX_COMPILED_PER_REQUEST
        self._arguments: dict[int, dict[str, Any]] = {}
        self._python_arguments: dict[int, dict[str, Any]] = {}
        self._roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
        self._is_on = not (middleware and middleware.middlewares)
        self._flags = flags_of(self.variable_values.coerced)

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: FieldDetailsList,
        path: Path,
        position_context: Any,
    ) -> Any:
        """Resolve and complete one field, compiled if it is a plain one."""
        if position_context is None and parent_type not in self._roots:
            completed = self._complete(compile_field, parent_type, field_details_list, source, path)
            if completed is not Undefined:
                return completed
        return super().execute_field(
            parent_type, source, field_details_list, path, position_context
        )

    def complete_list_value(  # noqa: PLR0917 - graphql-core's signature
        self,
        return_type: GraphQLList[Any],
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Complete a list, compiled if its items are plain."""
        if position_context is None:
            completed = self._complete(compile_value, return_type, field_details_list, result, path)
            if completed is not Undefined:
                return completed
        return super().complete_list_value(
            return_type, field_details_list, info, path, result, position_context
        )

    def complete_object_value(  # noqa: PLR0917 - graphql-core's signature
        self,
        return_type: GraphQLObjectType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Complete an object, compiled if its fields are plain."""
        if position_context is None:
            completed = self._complete(compile_value, return_type, field_details_list, result, path)
            if completed is not Undefined:
                return completed
        return super().complete_object_value(
            return_type, field_details_list, info, path, result, position_context
        )

    def arguments_of(self, field: GraphQLField, node: FieldNode) -> dict[str, Any]:
        """The coerced arguments of a field, coerced once per operation. For generated code."""
        known = self._arguments.get(id(node))
        if known is None:
            known = get_argument_values(field, node, self.variable_values)
            self._arguments[id(node)] = known
        return known

    def python_arguments_of(self, field: GraphQLField, node: FieldNode) -> dict[str, Any]:
        """The same under their Python names."""
        known = self._python_arguments.get(id(node))
        if known is None:
            known = python_arguments(field, self.arguments_of(field, node))
            self._python_arguments[id(node)] = known
        return known

    def _complete(
        self, compile_: _Compile, type_: Any, details: FieldDetailsList, value: object, path: Path
    ) -> Any:
        """The completed value, or Undefined when that is for graphql-core to do."""
        if not self._is_on:
            return Undefined
        place = (compile_, *place_of(type_, [detail.node for detail in details], self._flags))
        kept = _kept.get(place)
        if kept is None:
            _kept.put(place, _Kept((type_, details)))
            return Undefined
        complete = kept.complete
        if complete is None:
            complete = self._compile(kept, compile_, type_, details)
            if complete is None:
                return Undefined
        try:
            return complete(value, self, path)
        except AsyncValueError:
            kept.complete = None
        except Exception:  # noqa: BLE001 - graphql-core meets it again and says it exactly
            return Undefined
        return Undefined

    def _compile(
        self, kept: _Kept, compile_: _Compile, type_: Any, details: FieldDetailsList
    ) -> Completion | None:
        """Compile a selection when it comes up again; what comes once is not worth it.

        It is tried once: what failed, or met an awaitable value, is graphql-core's for good.
        """
        if kept.may_compile and self._may_still_compile:
            kept.may_compile = False
            self._may_still_compile -= 1
            with suppress(CannotCompileError, GraphQLError, RecursionError):
                kept.complete = compile_(type_, details, self)
        return kept.complete


class CompiledExecutor(CompiledCompletion, PreparedExecutor, IncrementalExecutor):
    """graphql-core's executor with compiled completion; use its base to do without."""
