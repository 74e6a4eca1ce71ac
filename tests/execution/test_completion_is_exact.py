"""Compiled completion answers as graphql-core does, whatever is asked and whatever comes."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast

import pytest
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OverlappingFieldsCanBeMergedRule,
    PossibleFragmentSpreadsRule,
    get_named_type,
    is_leaf_type,
    parse,
    validate,
)
from graphql.execution import Executor
from graphql.execution.incremental import IncrementalExecutor
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strawberry.utils.str_converters import to_camel_case

from execution.completion import CompiledExecutor
from tests.execution import toy
from tests.execution.documents import DocumentDrawer

SCHEMA = toy.schema._schema
THING = cast("GraphQLObjectType", SCHEMA.type_map["Thing"])
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
    *,
    schema: GraphQLSchema = SCHEMA,
) -> ExecutionResult:
    executor = class_.build(
        schema,
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
    document: DocumentNode,
    build: Callable[[], object],
    variables: Mapping[str, object] | None = None,
) -> None:
    """Data are built for each run anew: some can be read only once."""
    expected = shown(await run(IncrementalExecutor, document, build(), variables))
    for _ in range(2):  # the first time by graphql-core, the second time compiled
        assert shown(await run(CompiledExecutor, document, build(), variables)) == expected


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


@settings(max_examples=150, print_blob=True)
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
        await assert_same(document, partial(toy.build, seed, faults), values)


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
        data = partial(toy.build, seed, chance.choice([0, 0.02, 0.1]))
        for yes in (True, False):
            await assert_same(document, data, {"yes": yes, "no": chance.random() < 0.5})
    assert run_count > 100


@pytest.mark.parametrize("name", sorted(toy.WRONG))
async def test_each_wrong_value_on_its_own(name: str) -> None:
    """Alone, in a list between good ones, and under an alias besides a good field."""
    field = to_camel_case(name)
    type_ = THING.fields[field].type
    below = "" if is_leaf_type(get_named_type(type_)) else "{ __typename }"
    document = parse(
        f"{{ thing {{ children {{ number {field} {below} }} parent {{ a: {field} {below} }} }} }}"
    )
    assert not validate(SCHEMA, document)
    for value in toy.WRONG[name]:

        def build(value: object = value) -> toy.Thing:
            root, good, bad = toy.build(1, 0), toy.build(2, 0), toy.build(3, 0)
            setattr(bad, name, value)
            root.children, root.parent = [good, bad, good], bad
            return root

        await assert_same(document, build)
