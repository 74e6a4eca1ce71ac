"""An executor that checks compiled completion at work: give it to a schema, run any suite on it."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from graphql import is_list_type
from graphql.execution.incremental import IncrementalExecutor
from graphql.pyutils import Path, Undefined

from execution.compiler import compile_field
from execution.completion import CompiledExecutor


class ComparingExecutor(CompiledExecutor):
    """Has graphql-core complete again what was compiled, and notes where the two differ.

    Resolvers run twice for it, so it is for schemas whose plain resolvers have no side effects,
    which is what compiled completion asks of them anyway.
    """

    compared: ClassVar[int] = 0
    differences: ClassVar[list[str]] = []

    def _complete(self, compile_: Any, type_: Any, details: Any, value: Any, path: Path) -> Any:
        completed = super()._complete(compile_, type_, details, value, path)
        if completed is not Undefined:
            ComparingExecutor.compared += 1
            expected = self._by_graphql_core(compile_, type_, details, value, path)
            if json.dumps(completed) != json.dumps(expected):
                self.differences.append(f"{path.as_list()}: {completed!r}, not {expected!r}")
        return completed

    def _by_graphql_core(
        self, compile_: Any, type_: Any, details: Any, value: Any, path: Path
    ) -> Any:
        self._is_on = False
        try:
            if compile_ is compile_field:
                return IncrementalExecutor.execute_field(self, type_, value, details, path, None)
            complete: Any = IncrementalExecutor.complete_object_value
            if is_list_type(type_):
                complete = IncrementalExecutor.complete_list_value
            return complete(self, type_, details, None, path, value, None)
        finally:
            self._is_on = True
