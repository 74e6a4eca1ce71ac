"""A small schema with one of everything that the endpoint has to carry."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

import strawberry
from graphql import GraphQLError
from starlette.requests import HTTPConnection
from strawberry.schema.config import StrawberryConfig
from strawberry.types import Info

from schema.directives import Cost, ListSize
from server.graphql_http.error_codes import ErrorCode
from server.graphql_http.refusals import RequestRefusedError


@dataclass
class Witness:
    """What happened inside of the server, for tests to wait for."""

    started: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    sent: int = 0
    counter: int = 0


@dataclass
class Context:
    """The context of one operation."""

    witness: Witness
    viewer: str | None
    expires_at: datetime | None = None


@strawberry.type
class Book:
    title: str
    pages: int

    @strawberry.field
    async def summary(self) -> str:
        await asyncio.sleep(0)
        return f"About {self.title}"

    @strawberry.field
    def broken(self) -> str | None:
        message = "the password is hunter2"
        raise RuntimeError(message)


@strawberry.type
class Edge:
    @strawberry.field
    def node(self) -> Book:
        return _books()[0]


@strawberry.type(directives=[Cost(weight="3")])
class Shelf:
    @strawberry.field
    def nodes(self) -> list[Book]:
        return _books()

    @strawberry.field
    def edges(self) -> list[Edge]:
        return [Edge() for _ in _books()]

    @strawberry.field
    def self_again(self) -> "Shelf":
        return self


def _books() -> list[Book]:
    return [Book(title=f"Book {n}", pages=100 * n) for n in range(1, 5)]


@strawberry.type
class Query:
    @strawberry.field
    def greeting(self, name: str = "world") -> str:
        return f"Hello, {name}"

    @strawberry.field
    def viewer(self, info: Info[Context]) -> str | None:
        return info.context.viewer

    @strawberry.field(directives=[ListSize(slicing_arguments=["first"])])  # type: ignore[untyped-decorator]
    def books(self, first: int = 10) -> list[Book]:
        return _books()[:first]

    @strawberry.field(  # type: ignore[untyped-decorator]
        directives=[
            ListSize(assumed_size=20, slicing_arguments=["first"], sized_fields=["nodes", "edges"])
        ]
    )
    def shelf(self, first: int | None = None) -> "Shelf":  # noqa: ARG002 - only costs look at it
        return Shelf()

    @strawberry.field(directives=[ListSize(slicing_arguments=["ids"])])  # type: ignore[untyped-decorator]
    def books_by_ids(self, ids: list[int]) -> list[Book]:
        return [_books()[number % 4] for number in ids]

    @strawberry.field(directives=[ListSize(assumed_size=4)])  # type: ignore[untyped-decorator]
    def new_books(self) -> list[Book]:
        return _books()

    @strawberry.field(directives=[Cost(weight="100")])  # type: ignore[untyped-decorator]
    def dear(self) -> str:
        return "dear"

    @strawberry.field
    def thing(self) -> Annotated["Book | Shelf", strawberry.union("Thing")]:
        return Shelf()

    @strawberry.field
    async def streamed_books(self) -> strawberry.Streamable[Book]:
        for book in _books():
            await asyncio.sleep(0)
            yield book

    @strawberry.field
    async def breaking_books(self) -> strawberry.Streamable[Book]:
        yield _books()[0]
        message = "the password is hunter2"
        raise RuntimeError(message)

    @strawberry.field
    def secret(self) -> str | None:
        raise GraphQLError("You may not.", extensions={"code": ErrorCode.FORBIDDEN})

    @strawberry.field
    def fault(self) -> str | None:
        message = "the password is hunter2"
        raise RuntimeError(message)

    @strawberry.field
    def required_fault(self) -> str:
        message = "the password is hunter2"
        raise RuntimeError(message)

    @strawberry.field
    async def forever(self, info: Info[Context]) -> str | None:
        return await _wait_forever(info.context.witness)


async def _wait_forever(witness: Witness) -> str:
    witness.started.set()
    try:
        await witness.released.wait()
    except asyncio.CancelledError:
        witness.cancelled.set()
        raise
    return "released"


@strawberry.type
class Mutation:
    @strawberry.mutation
    def count(self, info: Info[Context]) -> int:
        info.context.witness.counter += 1
        return info.context.witness.counter


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def countdown(self, start: int = 3) -> AsyncGenerator[int, None]:
        for number in range(start, 0, -1):
            await asyncio.sleep(0)
            yield number

    @strawberry.subscription
    async def endless(self, info: Info[Context], size: int = 1) -> AsyncGenerator[str, None]:
        witness = info.context.witness
        witness.started.set()
        try:
            while True:
                witness.sent += 1
                yield "x" * size
                await asyncio.sleep(0)
        finally:
            witness.cancelled.set()

    @strawberry.subscription
    async def silent(self, info: Info[Context]) -> AsyncGenerator[str, None]:
        yield await _wait_forever(info.context.witness)

    @strawberry.subscription
    async def breaking(self) -> AsyncGenerator[int, None]:
        yield 1
        message = "the password is hunter2"
        raise RuntimeError(message)

    @strawberry.subscription
    async def refused(self) -> AsyncGenerator[int, None]:
        raise GraphQLError("You may not.", extensions={"code": ErrorCode.FORBIDDEN})
        yield 1


schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    config=StrawberryConfig(enable_experimental_incremental_execution=True),
)


def context_getter(witness: Witness) -> Any:
    """`get_context` for the endpoint: any bearer token is good but "bad"."""

    async def get_context(connection: HTTPConnection, params: Any) -> Context:
        header = connection.headers.get("authorization") or (params or {}).get("Authorization")
        if header is None:
            return Context(witness, None)
        token = header.removeprefix("Bearer ")
        if token == "bad":
            raise RequestRefusedError(
                "The token is not valid.",
                status=401,
                code=ErrorCode.UNAUTHENTICATED,
                headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
            )
        name, _, expiry = token.partition("@")
        return Context(witness, name, datetime.fromisoformat(expiry) if expiry else None)

    return get_context


async def collect(stream: AsyncIterator[str]) -> list[str]:
    """Everything of a stream."""
    return [item async for item in stream]
