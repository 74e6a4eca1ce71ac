"""What is compiled, what is not, and how often resolvers run for it."""

from __future__ import annotations

import dataclasses
import gc
from collections.abc import AsyncIterator
from typing import Annotated, Any

import pytest
import strawberry
from graphql import (
    ExecutionResult,
    ExperimentalIncrementalExecutionResults,
    MiddlewareManager,
    parse,
)
from graphql.execution import create_source_event_stream, map_source_to_response_event
from strawberry.annotation import StrawberryAnnotation
from strawberry.extensions import SchemaExtension
from strawberry.extensions.field_extension import FieldExtension, SyncExtensionResolver
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.field import StrawberryField

from execution.completion import CompiledCompletion, CompiledExecutor

CALLS: list[str] = []


class CountingField(StrawberryField):
    """A field that decides for itself what its value is."""

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        return f"{super().get_result(source, info, args, kwargs)}!"


class Doubled(FieldExtension):
    def resolve(
        self, next_: SyncExtensionResolver, source: Any, info: strawberry.Info, **kwargs: Any
    ) -> Any:
        return f"{info.path.key}:{next_(source, info, **kwargs)}"


@strawberry.type
class User:
    name: str
    shouted: Any = CountingField(
        python_name="shouted", type_annotation=StrawberryAnnotation(str), default="loud"
    )
    key: str = strawberry.field(default="k", extensions=[Doubled()])

    @strawberry.field
    def called(self) -> str:
        CALLS.append(self.name)
        return self.name

    @strawberry.field
    def failing(self) -> str:
        CALLS.append(f"failing {self.name}")
        raise ValueError(self.name)


@strawberry.type
class Robot:
    serial: int


Mascots = Annotated[User | Robot, strawberry.union("Mascots")]


@strawberry.type
class Team:
    name: str
    motto: str | None
    mascot: User | None
    users: list[User]
    rivals: list[Mascots] | None = None

    @strawberry.field
    async def lead(self) -> User:
        return self.users[0]

    @strawberry.field
    def deputy(self) -> User:
        coming: Any = self._load_deputy()
        result: User = coming
        return result

    async def _load_deputy(self) -> User:
        return self.users[1]


def make_team() -> Team:
    return Team(
        name="a", motto=None, mascot=None, users=[User(name=f"u{number}") for number in range(3)]
    )


@strawberry.type
class Query:
    @strawberry.field
    async def team(self, root: strawberry.Parent[Team | None]) -> Team:
        return root or make_team()

    @strawberry.field
    def plain(self) -> str:
        CALLS.append("root")
        return "plain"


@strawberry.type
class Updates:
    @strawberry.subscription
    async def teams(self) -> AsyncIterator[Team]:
        for name in ("one", "two", "three"):
            yield dataclasses.replace(make_team(), name=name)


CONFIG = StrawberryConfig(enable_experimental_incremental_execution=True)
SCHEMA = strawberry.Schema(Query, subscription=Updates, config=CONFIG)


class CountingExecutor(CompiledExecutor):
    """Counts what graphql-core resolves: it builds an info for every field."""

    fields = 0

    def build_resolve_info(self, *arguments: Any) -> Any:
        type(self).fields += 1
        return super().build_resolve_info(*arguments)


def build(text: Any, **options: Any) -> CountingExecutor:
    document = parse(text) if isinstance(text, str) else text
    executor = CountingExecutor.build(SCHEMA._schema, document, **options)
    assert isinstance(executor, CountingExecutor)
    return executor


async def run(text: Any, **options: Any) -> Any:
    """The answer, with what graphql-core resolved and what was called for it."""
    CountingExecutor.fields = 0
    CALLS.clear()
    executor = build(text, **options)
    result = executor.execute_operation()
    return await result if executor.is_awaitable(result) else result


async def warm(text: str, **options: Any) -> Any:
    """A document whose selections are compiled, as they are when they come up again."""
    document = parse(text)
    for _ in range(3):
        await run(document, **options)
    return document


async def test_what_is_compiled_graphql_core_does_not_resolve() -> None:
    document = await warm(
        "{ team { name motto mascot { name } users { name called __typename } } }"
    )
    result = await run(document)
    users = [{"name": n, "called": n, "__typename": "User"} for n in ("u0", "u1", "u2")]
    assert result == ExecutionResult(
        {"team": {"name": "a", "motto": None, "mascot": None, "users": users}}
    )
    assert CountingExecutor.fields == 1, "the root field alone"
    assert CALLS == ["u0", "u1", "u2"]


async def test_an_asynchronous_sibling_leaves_the_rest_compiled() -> None:
    document = await warm("{ team { name lead { name } users { name } } }")
    result = await run(document)
    assert result.data["team"]["lead"] == {"name": "u0"}
    assert CountingExecutor.fields == 2, "the root field, and lead"


async def test_null_is_null_of_whatever_type_and_graphql_core_finds_out_which_it_is() -> None:
    document = await warm("{ team { name rivals { __typename } } }")
    result = await run(document)
    assert result.data == {"team": {"name": "a", "rivals": None}}
    assert CountingExecutor.fields == 1, "the root field alone"

    rivalled = dataclasses.replace(make_team(), rivals=[Robot(serial=1), User(name="u")])
    result = await run(document, root_value=rivalled)
    assert result.data["team"]["rivals"] == [{"__typename": "Robot"}, {"__typename": "User"}]
    assert CountingExecutor.fields == 4, "the root field, the rivals, and each one's type"

    await run(document)
    assert CountingExecutor.fields == 1, "and the next null is compiled again"


async def test_the_first_time_nothing_is_compiled() -> None:
    await run("{ team { name } }")
    assert CountingExecutor.fields == 2


async def test_an_error_costs_the_way_down_to_it() -> None:
    document = await warm("{ team { name users { name failing } } }")
    result = await run(document)
    assert [error.path for error in result.errors] == [["team", "users", 0, "failing"]]
    assert result.data is None
    assert "failing u1" not in CALLS


async def test_a_synchronous_resolver_that_returns_an_awaitable_is_left_alone_for_good() -> None:
    document = await warm("{ team { deputy { name } } }")
    result = await run(document)
    assert result.data == {"team": {"deputy": {"name": "u1"}}}
    assert CountingExecutor.fields == 2
    gc.collect()


async def test_fields_with_a_will_of_their_own_keep_it() -> None:
    document = await warm("{ team { users { shouted k2: key } } }")
    result = await run(document)
    assert result.data["team"]["users"][0] == {"shouted": "loud!", "k2": "k2:k"}


async def test_root_fields_are_resolved_once_by_graphql_core() -> None:
    document = await warm("{ plain }")
    await run(document)
    assert CALLS == ["root"]
    assert CountingExecutor.fields == 1


async def test_under_a_middleware_nothing_is_compiled() -> None:
    seen: list[str] = []

    def middleware(next_: Any, source: Any, info: Any, **arguments: Any) -> Any:
        seen.append(info.field_name)
        return next_(source, info, **arguments)

    document = await warm("{ team { name } }")
    await run(document, middleware=MiddlewareManager(middleware))
    assert seen == ["team", "name"]


@pytest.mark.parametrize("include", [True, False])
async def test_variables_choose_between_compiled_functions(*, include: bool) -> None:
    text = """query ($a: Boolean!, $b: String) {
        team { users { name called @include(if: $a) } again: name @skip(if: $a) }
    }"""
    document = await warm(text, raw_variable_values={"a": include, "b": "1"})
    result = await run(document, raw_variable_values={"a": include, "b": "2"})
    assert ("called" in result.data["team"]["users"][0]) is include
    assert ("again" in result.data["team"]) is not include
    assert CountingExecutor.fields == 1


async def parts(result: Any) -> list[Any]:
    assert isinstance(result, ExperimentalIncrementalExecutionResults)
    rest = [part.formatted async for part in result.subsequent_results]
    return [result.initial_result.formatted, *rest]


@pytest.mark.parametrize(
    "text",
    [
        "{ team { name ... @defer { users { name } } } }",
        "{ team { users @stream(initialCount: 1) { name } } }",
        "{ team { users { name ... @defer { called } } } }",
        "{ ... @defer { team { users { name } lead { called } } } }",
    ],
)
async def test_deferred_parts_come_as_graphql_core_sends_them(text: str) -> None:
    document = parse(text)
    first = await parts(await run(document))
    assert len(first) > 1
    for _ in range(3):
        assert await parts(await run(document)) == first


async def test_events_of_a_subscription_are_compiled() -> None:
    CountingExecutor.fields = 0
    executor = build("subscription { teams { name users { name } } }")
    stream: Any = create_source_event_stream(executor)
    events = map_source_to_response_event(executor, await stream)
    data = [event.data async for event in events]
    assert [d["teams"]["name"] for d in data if d] == ["one", "two", "three"]
    assert CountingExecutor.fields < 1 + 3 * 6


class StrawberryExecutor(CompiledCompletion, StrawberryGraphQLCoreExecutionContext):
    """As it is used with Strawberry's own pipeline."""


async def test_it_works_as_strawberrys_execution_context() -> None:
    class Quiet(SchemaExtension):
        pass

    schema = strawberry.Schema(
        Query, extensions=[Quiet], execution_context_class=StrawberryExecutor
    )
    stock = strawberry.Schema(Query)
    text = "{ team { name users { called key } lead { name } deputy { name } } }"
    expected = await stock.execute(text)
    assert expected.errors is None
    for _ in range(3):
        assert (await schema.execute(text)).data == expected.data
