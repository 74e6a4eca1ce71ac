"""Resolvers that are called directly answer as Strawberry's do."""

from __future__ import annotations

import random
from functools import partial
from typing import Annotated, Any

import pytest
import strawberry
from graphql import GraphQLSchema, parse, validate
from graphql.execution.incremental import IncrementalExecutor
from strawberry.extensions import FieldExtension

from execution.completion import CompiledExecutor
from execution.resolvers import call_directly
from tests.execution import toy
from tests.execution.documents import DocumentDrawer
from tests.execution.test_completion_is_exact import RULES, run, shown


def direct_schema() -> GraphQLSchema:
    schema = strawberry.Schema(toy.Query, types=[toy.Leaf, toy.Thing])._schema
    call_directly(schema)
    return schema


SCHEMA = toy.schema._schema
DIRECT = direct_schema()

pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <coroutine object:pytest.PytestUnraisableExceptionWarning"
)


async def test_any_operation_is_answered_as_by_strawberry() -> None:
    run_count = 0
    for seed in range(250):
        chance = random.Random(seed)  # noqa: S311 - the same operations each time
        document = parse(DocumentDrawer(SCHEMA, chance).draw(depth=3))
        if validate(SCHEMA, document, RULES):
            continue
        run_count += 1
        data = partial(toy.build, seed, chance.choice([0, 0.02, 0.1]))
        expected = shown(await run(IncrementalExecutor, document, data(), {"yes": True}))
        for class_ in (IncrementalExecutor, CompiledExecutor, CompiledExecutor):
            found = await run(class_, document, data(), {"yes": True}, schema=DIRECT)
            assert shown(found) == expected
    assert run_count > 100


@strawberry.input
class Part:
    name: str
    count: int | None = None


@strawberry.input
class Order:
    parts: list[Part]
    tags: list[str] | None
    first: Part | None = None
    size: Annotated[toy.Size, strawberry.argument(description="How big.")] = toy.Size.SMALL


@strawberry.input
class Perhaps:
    name: strawberry.Maybe[str]


class Shouting(FieldExtension):
    def resolve(self, next_: Any, source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        return str(next_(source, info, **kwargs)).upper()


@strawberry.type
class Query:
    @strawberry.field
    async def order(self, info: strawberry.Info, order: Order, again: list[Order] = []) -> str:  # noqa: B006 - a default of GraphQL's
        again.append(order)
        return f"{info.field_name}: {again!r}"

    @strawberry.field
    def perhaps(self, perhaps: Perhaps) -> str:
        return repr(perhaps.name)

    @strawberry.field(extensions=[Shouting()])  # type: ignore[untyped-decorator] # as Strawberry leaves it
    def shouted(self, text: str) -> str:
        return text


OWN, PLAIN = (strawberry.Schema(Query)._schema for _ in range(2))
call_directly(OWN)


@pytest.mark.parametrize(
    "query",
    [
        '{ order(order: {parts: [{name: "a"}], tags: null}) }',
        (
            '{ order(order: {parts: [{name: "a", count: 2}, {name: "b"}], tags: ["x"], size: LARGE,'
            ' first: {name: "c", count: null}}, again: [{parts: [], tags: []}]) }'
        ),
        '{ perhaps(perhaps: {name: "a"}) }',
        "{ perhaps(perhaps: {}) }",
        '{ shouted(text: "a") }',
        "query ($o: Order!) { order(order: $o) }",
    ],
)
async def test_arguments_arrive_as_strawberry_would_pass_them(query: str) -> None:
    variables = {"o": {"parts": [{"name": "v"}], "tags": None}} if "$o" in query else {}
    document = parse(query)
    expected = shown(await run(IncrementalExecutor, document, None, variables, schema=PLAIN))
    for _ in range(2):  # the second time too: nothing that a resolver changed is left
        found = await run(CompiledExecutor, document, None, variables, schema=OWN)
        assert shown(found) == expected


def test_what_only_strawberry_does_is_left_to_it() -> None:
    query = OWN.query_type
    assert query
    ours = {
        name
        for name, field in query.fields.items()
        if getattr(field.resolve, "__module__", "") == "execution.resolvers"
    }
    assert ours == {"order"}
