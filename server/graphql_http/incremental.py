"""`@defer` and `@stream`: parts of one result, in the form that the client reads.

graphql-core gives the newer form (`pending`, ids, `completed`). Most clients read the form of 2022:
each part bears its path. Those who take no parts get the assembled result.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, TypeAlias

from graphql import ExperimentalIncrementalExecutionResults
from graphql.execution import (
    CompletedResult,
    IncrementalDeferResult,
    IncrementalResult,
    IncrementalStreamResult,
    PendingResult,
    SubsequentIncrementalExecutionResult,
)

from server.graphql_http.errors import ErrorFormatter

Map: TypeAlias = dict[str, Any]
Path: TypeAlias = list[str | int]


async def newer_parts(
    results: ExperimentalIncrementalExecutionResults, errors: ErrorFormatter
) -> AsyncGenerator[Map, None]:
    """The parts as graphql-core forms them, with errors in our form."""
    initial = results.initial_result
    yield _with_errors({"data": initial.data}, initial.errors, errors) | {
        "pending": [pending.formatted for pending in initial.pending],
        "hasNext": initial.has_next,
    }
    async with aclosing(results.subsequent_results) as subsequent:
        async for result in subsequent:
            yield _newer_part(result, errors)


async def parts_of_2022(
    results: ExperimentalIncrementalExecutionResults, errors: ErrorFormatter
) -> AsyncGenerator[Map, None]:
    """The parts as `multipart/mixed; deferSpec=20220824` has them."""
    initial = results.initial_result
    assembly = Assembly(initial.data, errors)
    assembly.expect(initial.pending)
    yield _with_errors({"data": initial.data}, initial.errors, errors) | {
        "hasNext": initial.has_next
    }
    async with aclosing(results.subsequent_results) as subsequent:
        async for result in subsequent:
            parts = assembly.add(result)
            yield ({"incremental": parts} if parts else {}) | {"hasNext": result.has_next}


async def assembled(
    results: ExperimentalIncrementalExecutionResults, errors: ErrorFormatter
) -> Map:
    """The whole result at once."""
    initial = results.initial_result
    assembly = Assembly(initial.data, errors)
    assembly.expect(initial.pending)
    written = errors.of_execution(initial.errors or ())
    async with aclosing(results.subsequent_results) as subsequent:
        async for result in subsequent:
            for part in assembly.add(result):
                written += part.get("errors", ())
    return ({"errors": written} if written else {}) | {"data": initial.data}


class Assembly:
    """The data so far. Parts are put where they belong, which tells the index of streamed items."""

    def __init__(self, data: Any, errors: ErrorFormatter) -> None:
        self._data = data
        self._errors = errors
        self._pending: dict[str, PendingResult] = {}

    def expect(self, pending: list[PendingResult] | None) -> None:
        """Remember where the parts of these ids go."""
        for result in pending or ():
            self._pending[result.id] = result

    def add(self, result: SubsequentIncrementalExecutionResult) -> list[Map]:
        """Put the parts in place, and give them in the form of 2022."""
        self.expect(result.pending)
        parts = [self._part(incremental) for incremental in result.incremental or ()]
        failed = [done for done in result.completed or () if done.errors]
        return parts + [self._failure(done) for done in failed]

    def _part(self, incremental: IncrementalResult) -> Map:
        pending = self._pending[incremental.id]
        path: Path = [*pending.path, *(incremental.sub_path or ())]
        target = self._at(path)
        part: Map
        if isinstance(incremental, IncrementalStreamResult):
            part = {"items": incremental.items, "path": [*path, len(target)]}
            target.extend(incremental.items)
        else:
            assert isinstance(incremental, IncrementalDeferResult)
            part = {"data": incremental.data, "path": path}
            target.update(incremental.data)
        return self._labelled(part, pending, incremental.errors)

    def _failure(self, done: CompletedResult) -> Map:
        """A part whose null went up to its root: nothing of it came."""
        pending = self._pending[done.id]
        target = self._at(list(pending.path))
        part: Map = (
            {"items": None, "path": [*pending.path, len(target)]}
            if isinstance(target, list)
            else {"data": None, "path": list(pending.path)}
        )
        return self._labelled(part, pending, done.errors)

    def _labelled(self, part: Map, pending: PendingResult, errors: Any) -> Map:
        if pending.label is not None:
            part["label"] = pending.label
        if errors:
            part["errors"] = self._errors.of_execution(errors)
        return part

    def _at(self, path: Path) -> Any:
        target = self._data
        for key in path:
            target = target[key]
        return target


def _newer_part(result: SubsequentIncrementalExecutionResult, errors: ErrorFormatter) -> Map:
    part: Map = {}
    if result.pending:
        part["pending"] = [pending.formatted for pending in result.pending]
    if result.incremental:
        part["incremental"] = [
            _with_errors(dict(incremental.formatted), incremental.errors, errors)
            for incremental in result.incremental
        ]
    if result.completed:
        part["completed"] = [
            _with_errors({"id": done.id}, done.errors, errors) for done in result.completed
        ]
    return part | {"hasNext": result.has_next}


def _with_errors(written: Map, raised: Any, errors: ErrorFormatter) -> Map:
    if raised:
        written["errors"] = errors.of_execution(raised)
    return written
