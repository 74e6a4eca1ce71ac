"""A schema with a field for every way in which a value can come, and data with every fault."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import random
from collections.abc import Awaitable, Generator, Iterator
from typing import Annotated, Any, cast

import strawberry

MOMENT = dt.datetime(2026, 3, 1, 12, 30, tzinfo=dt.UTC)


@strawberry.enum
class Colour(enum.Enum):
    RED = strawberry.enum_value("red", name="CRIMSON")
    GREEN = "green"


@strawberry.enum
class Size(enum.StrEnum):
    SMALL = "small"
    LARGE = "large"


@strawberry.input
class Wish:
    text: str = "none"
    colours: list[Colour] = strawberry.field(default_factory=lambda: [Colour.RED])


class Later:
    """An awaitable that no one has to await."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __await__(self) -> Generator[Any, None, object]:
        yield from ()
        return self.value


@strawberry.interface
class Named:
    id: strawberry.ID
    name: str


@strawberry.type
class Leaf(Named):
    weight: float

    @strawberry.field
    def of_size(self, size: Size = Size.SMALL, times: int = 2, prefix: str | None = None) -> str:
        return f"{prefix}{size}" * times

    @strawberry.field
    def of_parent(leaf: strawberry.Parent[Leaf], colour: Colour) -> Colour:  # noqa: N805 - named so
        assert leaf.id
        return colour

    @strawberry.field
    def heavy(root: strawberry.Parent[Leaf]) -> bool:  # noqa: N805 - named so
        return root.weight > 0.5

    @staticmethod
    def is_type_of(obj: object, _info: object) -> bool:
        return isinstance(obj, Leaf)


@strawberry.type
class Empty:
    """Selected with nothing but `__typename`; its test of values wants to know the field."""

    nothing: str | None = None

    @staticmethod
    def is_type_of(obj: object, info: Any) -> bool:
        return isinstance(obj, Empty) and bool(info.field_name)


async def later(leaf: Leaf) -> Leaf:
    return leaf


def _awaited(root: strawberry.Parent[Any]) -> Awaitable[Leaf]:
    return later(root.leaf)


@strawberry.type
class Thing(Named):
    """Values are `Any` at heart: the tests put wrong ones in."""

    number: int
    maybe_number: int | None
    ratio: float
    flag: bool | None
    moment: dt.datetime
    amount: decimal.Decimal | None
    colour: Colour
    size: Size | None
    tags: list[str | None] | None
    grid: list[list[int]]
    parent: Thing | None
    leaf: Leaf
    empty: Empty | None
    children: list[Thing]
    maybe_children: list[Thing | None] | None
    named: Named | None
    mixed: list[Annotated[Thing | Leaf, strawberry.union("Mixed")]]

    @strawberry.field
    def shout(self) -> str:
        return self.name.upper()

    @strawberry.field
    def greet(self, times: int, who: str = "you", wish: Wish | None = None) -> list[str]:
        colours = [colour.value for colour in wish.colours] if wish else []
        return [f"{who}:{wish.text if wish else self.name}", *colours] * times

    @strawberry.field
    def place(self, info: strawberry.Info, shade: Colour = Colour.GREEN) -> str:
        return f"{info.path} {info.field_name} {shade.value} {info.context}"

    @strawberry.field
    def root_only(root: Thing) -> str | None:  # noqa: N805 - named so
        return root.name or None

    @strawberry.field
    def explode(self) -> str:
        raise ValueError(self.name)

    @strawberry.field
    def fizzle(self) -> int | None:
        raise PermissionError(self.name)

    @strawberry.field
    def first_child(self) -> Thing | None:
        return self.children[0] if self.children else None

    @strawberry.field
    async def soon(self) -> Thing | None:
        return self.parent

    @strawberry.field
    def in_a_while(self) -> Leaf:
        coming: Any = later(self.leaf)
        return cast("Leaf", coming)

    awaited: Any = strawberry.field(resolver=_awaited, graphql_type=Leaf)

    @strawberry.field
    async def stream(self, first: int = 2) -> list[Leaf]:
        return [self.leaf] * first


@strawberry.type
class Query:
    @strawberry.field
    async def thing(self, info: strawberry.Info) -> Thing | None:
        root: Thing | None = info.root_value
        return root

    @strawberry.field
    def things(self, info: strawberry.Info) -> list[Thing]:
        return [info.root_value, info.root_value]

    @strawberry.field
    async def named(self, info: strawberry.Info) -> Named:
        root: Named = info.root_value
        return root


@strawberry.type
class Mutation:
    @strawberry.mutation
    def rename(self, info: strawberry.Info, name: str) -> Thing:
        thing: Thing = info.root_value
        thing.name += name
        return thing


schema = strawberry.Schema(Query, Mutation, types=[Thing, Leaf])

WRONG: dict[str, list[Any]] = {
    "id": [7, None, 1.5],
    "name": [None, 12, True, ValueError("name"), Later("later"), b"bytes"],
    "number": [None, "12", "x", 2**31, 1.0, 1.5, True, KeyError("number"), Later(3)],
    "maybe_number": [None, "x", 2**40, -(2**31) - 1, ValueError("maybe")],
    "ratio": [float("inf"), float("nan"), 3, "1.5", None, True],
    "flag": [None, 1, "yes", 0.0],
    "moment": [None, "2026-03-01", 5, Later(MOMENT)],
    "amount": [None, 12, "x", ValueError("amount")],
    "colour": [None, "red", "CRIMSON", Size.SMALL, Colour],
    "size": [None, "small", "LARGE", Colour.RED],
    "tags": [None, [None, "a"], [1, ["b"]], "ab", ("a", "b"), {"k": 1}, [ValueError("tag")], 5],
    "grid": [None, [[1], None], [[1, None]], [(1, 2), range(2)], [1], [[2**31]]],
    "leaf": [None, Empty(), ValueError("leaf"), "leaf"],
    "empty": [None, ValueError("empty"), Later(Empty()), Empty(nothing="x"), 3],
    "named": [None, Empty(), "x"],
    "children": [None, "ab", {}, [None], [Empty()], [ValueError("child")], Later([]), [Later(3)]],
    "maybe_children": [(), "ab", [None, Empty()], [ValueError("child")], Later(None)],
}
"""Values that a field should not have; some of them graphql-core accepts all the same."""


def build(seed: int, faults: float, depth: int = 2) -> Thing:
    """A tree of things, the same for the same seed; `faults` of its values are wrong."""
    chance = random.Random(seed)  # noqa: S311 - the same data each time are wanted
    return _thing(chance, faults, depth)


def _thing(chance: random.Random, faults: float, depth: int) -> Thing:
    def child() -> Thing:
        return _thing(chance, faults, depth - 1)

    name = f"t{chance.randrange(1000)}"
    leaf = Leaf(id=strawberry.ID(name), name=name, weight=chance.random())
    children = [child() for _ in range(chance.randrange(3))] if depth else []
    values: dict[str, Any] = {
        "id": name,
        "name": name,
        "number": chance.randrange(-5, 5),
        "maybe_number": chance.choice([None, 1]),
        "ratio": chance.random(),
        "flag": chance.choice([True, False, None]),
        "moment": MOMENT,
        "amount": chance.choice([None, decimal.Decimal("1.50")]),
        "colour": chance.choice(list(Colour)),
        "size": chance.choice([None, *Size]),
        "tags": chance.choice([None, [], ["a", None]]),
        "grid": [[1, 2], []],
        "parent": child() if depth else None,
        "leaf": leaf,
        "empty": chance.choice([None, Empty()]),
        "children": children,
        "maybe_children": chance.choice([None, [*children, None]]),
        "named": chance.choice([None, leaf, *children]),
        "mixed": [leaf, *children],
    }
    for field, wrong in WRONG.items():
        if chance.random() < faults:
            values[field] = chance.choice(wrong)
    if chance.random() < faults:
        values["children"] = chance.choice(
            [tuple(children), _generator(children), [*children, leaf]]
        )
    return Thing(**values)


def _generator(items: list[Thing]) -> Iterator[Thing]:
    yield from items
