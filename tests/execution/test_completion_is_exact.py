"""Compiled completion answers as graphql-core does, whatever is asked and whatever comes."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    OverlappingFieldsCanBeMergedRule,
    PossibleFragmentSpreadsRule,
    parse,
    validate,
)
from graphql.execution import Executor
from graphql.execution.incremental import IncrementalExecutor
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from execution.completion import CompiledExecutor
from tests.execution import toy
from tests.execution.documents import DocumentDrawer

SCHEMA = toy.schema._schema
RULES = [OverlappingFieldsCanBeMergedRule, PossibleFragmentSpreadsRule]
"""What a drawn document may break; it keeps the other rules by construction."""

pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <coroutine object:pytest.PytestUnraisableExceptionWarning"
)
"""When an error nulls a parent, graphql-core itself leaves some of its coroutines unawaited."""


async def run(
    class_: type[Executor[Any]],
    document: DocumentNode,
    root: object,
    variables: Mapping[str, object] | None = None,
) -> ExecutionResult:
    executor = class_.build(
        SCHEMA,
        document,
        root_value=root,
        context_value="context",
        raw_variable_values=dict(variables or {}),
    )
    if isinstance(executor, list):
        return ExecutionResult(None, executor)
    result = executor.execute_operation()
    result = await result if executor.is_awaitable(result) else result
    assert isinstance(result, ExecutionResult)
    return result


def shown(result: ExecutionResult) -> tuple[str, list[Any]]:
    """All of an answer that a client or a log can see, the order of keys included."""
    return json.dumps(result.data), [described(error) for error in result.errors or ()]


def described(error: GraphQLError) -> object:
    return error.formatted, type(error.original_error), str(error.original_error)


async def assert_same(
    document: DocumentNode, seed: int, faults: float, variables: Mapping[str, object]
) -> None:
    """Data are built for each run anew: some can be read only once."""
    expected = shown(await run(IncrementalExecutor, document, toy.build(seed, faults), variables))
    for _ in range(2):  # the first time by graphql-core, the second time compiled
        got = shown(await run(CompiledExecutor, document, toy.build(seed, faults), variables))
        assert got == expected


variable_values = st.fixed_dictionaries(
    {},
    optional={
        "yes": st.booleans(),
        "no": st.none() | st.booleans(),
        "int": st.integers(-1, 3),
        "text": st.text(max_size=3),
        "colour": st.sampled_from(["CRIMSON", "GREEN", "BLUE"]),
        "wish": st.none() | st.just({"text": "w"}) | st.just({"colours": ["GREEN"]}),
    },
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
@given(
    chance=st.randoms(use_true_random=False),
    seed=st.integers(0, 10_000),
    faults=st.sampled_from([0.0, 0.01, 0.1]),
    variables=st.lists(variable_values, min_size=1, max_size=3),
)
async def test_any_operation_on_any_data(
    chance: random.Random, seed: int, faults: float, variables: list[dict[str, object]]
) -> None:
    document = parse(DocumentDrawer(SCHEMA, chance).draw(depth=3))
    assume(not validate(SCHEMA, document, RULES))
    for values in variables:
        await assert_same(document, seed, faults, values)


@pytest.mark.parametrize("start", range(0, 2_000, 250))
async def test_many_operations(start: int) -> None:
    """Breadth, where the test above has the shrinking."""
    run_count = 0
    for seed in range(start, start + 250):
        chance = random.Random(seed)  # noqa: S311 - the same operations each time
        document = parse(DocumentDrawer(SCHEMA, chance).draw(depth=3))
        if validate(SCHEMA, document, RULES):
            continue
        run_count += 1
        values = {"yes": chance.random() < 0.5, "no": chance.random() < 0.5}
        await assert_same(document, seed, chance.choice([0, 0.02, 0.1]), values)
    assert run_count > 100
