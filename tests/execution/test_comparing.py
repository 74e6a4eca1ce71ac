"""The comparing executor finds what it is for."""

from __future__ import annotations

from typing import ClassVar

import pytest
import strawberry
from graphql import ExecutionResult, parse

from tests.execution.comparing import ComparingExecutor

DOCUMENT = parse("{ thing { count name other { name } others { count } } }")


class Counter:
    """What a resolver should not have."""

    changes: ClassVar[bool]
    value: ClassVar[int] = 0


@strawberry.type
class Thing:
    name: str

    @strawberry.field
    def count(self) -> int:
        Counter.value += Counter.changes
        return Counter.value

    @strawberry.field
    def other(self) -> Thing:
        return self

    @strawberry.field
    def others(self) -> list[Thing]:
        return [self, self]


@strawberry.type
class Query:
    @strawberry.field
    async def thing(self) -> Thing:
        return Thing(name="n")


SCHEMA = strawberry.Schema(Query)


@pytest.mark.parametrize("changes", [False, True])
async def test_only_a_value_that_differs_is_noted(*, changes: bool) -> None:
    Counter.changes = changes
    ComparingExecutor.compared = 0
    ComparingExecutor.differences.clear()
    for _ in range(3):
        executor = ComparingExecutor.build(SCHEMA._schema, DOCUMENT)
        assert isinstance(executor, ComparingExecutor)
        result = executor.execute_operation()
        assert executor.is_awaitable(result)
        answer = await result
        assert isinstance(answer, ExecutionResult)
        assert answer.errors is None
    assert ComparingExecutor.compared > 0
    assert bool(ComparingExecutor.differences) is changes
