"""An operation that was prepared once is built as graphql-core builds it, and refused alike."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import DocumentNode, GraphQLError, build_schema, parse
from graphql.execution import Executor
from graphql.execution.incremental import IncrementalExecutor
from hypothesis import given
from hypothesis import strategies as st

from execution.preparation import PreparedExecutor

SCHEMA = build_schema(
    """
    type Query { field(pairs: [Pair!], tree: Tree, one: One): Int }
    enum Colour { RED }
    input Pair { key: ID!, number: Int, flags: [Boolean!]! }
    input Tree { name: String, below: Tree }
    input One @oneOf { a: String, b: String }
    scalar Odd
    """
)
TYPES = [
    "String", "String!", "ID!", "Boolean", "Boolean!", "Int", "Int!", "Float", "Colour", "Odd",
    "[Int]", "[[ID!]!]", "Pair", "Pair!", "[Pair!]!", "Tree", "One",
]  # fmt: skip
DEFAULTS = {"Int": "7", "String": '"d"', "[Int]": "[1]"}


class Prepared(PreparedExecutor, IncrementalExecutor):
    """As `CompiledExecutor`, without compiled completion."""


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**32), 2**32)
    | st.floats(allow_nan=False)
    | st.text(max_size=3)
    | st.just("RED"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "below", "a", "b", "key"]), inner, max_size=3)
        | st.fixed_dictionaries(
            {"key": st.text(max_size=2), "number": inner, "flags": st.lists(st.booleans())}
        )
    ),
    max_leaves=8,
)


def described(built: list[GraphQLError] | Executor[Any]) -> object:
    if isinstance(built, list):
        return [error.formatted for error in built]
    sources = {
        name: (str(source.signature.type), bool(source.signature.default), repr(source.value))
        for name, source in built.variable_values.sources.items()
    }
    return (
        *(
            sources,
            repr(built.variable_values.coerced),
            built.operation,
            built.fragment_definitions,
        ),
        *(built.fragments, built.context_value, built.root_value, built.hide_suggestions),
    )


def document_of(type_: str, *, with_default: bool) -> DocumentNode:
    default = f" = {DEFAULTS[type_]}" if with_default and type_ in DEFAULTS else ""
    return parse(f"query Q($v: {type_}{default}) {{ field ...F }} fragment F on Query {{ field }}")


@given(
    type_=st.sampled_from(TYPES),
    with_default=st.booleans(),
    requests=st.lists(
        st.dictionaries(st.sampled_from(["v", "unknown"]), values, max_size=2),
        min_size=2,
        max_size=4,
    ),
    hide_suggestions=st.booleans(),
)
def test_variables_are_coerced_and_refused_alike(
    type_: str, requests: list[dict[str, Any]], *, with_default: bool, hide_suggestions: bool
) -> None:
    document = document_of(type_, with_default=with_default)
    for number, variables in enumerate(requests):
        options: dict[str, Any] = {
            "raw_variable_values": variables,
            "context_value": number,
            "root_value": -number,
            "hide_suggestions": hide_suggestions,
        }
        expected = described(IncrementalExecutor.build(SCHEMA, document, **options))
        assert described(Prepared.build(SCHEMA, document, **options)) == expected


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        *(("Int", True), ("Int", 2**31), ("Int!", 1.0), ("Int!", None), ("ID!", 5)),
        *(("Boolean", 1), ("String!", "RED"), ("Colour", "RED"), ("Colour", "BLUE"), ("Odd", "x")),
        *(("[Int]", 1), ("[Int]", [None]), ("[[ID!]!]", ["a"]), ("Pair!", {"key": "k"})),
        ("Pair", {"key": "k", "flags": [True]}),
        ("Pair", {"key": "k", "flags": [True], "other": 1}),
        ("Pair", {"key": "k", "flags": [True], "number": None}),
        ("Pair", {"key": "k", "flags": [True], "number": 1, "other": 1}),
        *(("Tree", {"name": "n", "below": {"name": "m", "below": None}}), ("Tree", {})),
        *(("One", {"a": "a"}), ("One", {"a": "a", "b": None}), ("One", {"a": "a", "b": "b"})),
    ],
)
def test_unusual_values_are_treated_alike(type_: str, value: object) -> None:
    document = document_of(type_, with_default=False)
    options: dict[str, Any] = {"raw_variable_values": {"v": value}}
    expected = described(IncrementalExecutor.build(SCHEMA, document, **options))
    Prepared.build(SCHEMA, document, raw_variable_values={"v": None})
    for _ in range(2):
        assert described(Prepared.build(SCHEMA, document, **options)) == expected


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("String!", "text"),
        ("Int", None),
        ("[[ID!]!]", [["a"], []]),
        ("[Pair!]!", [{"key": "k", "number": 1, "flags": [True]}] * 2),
    ],
)
def test_usual_values_cost_no_second_build(
    monkeypatch: pytest.MonkeyPatch, type_: str, value: object
) -> None:
    document = document_of(type_, with_default=False)
    options: dict[str, Any] = {"raw_variable_values": {"v": value}}
    expected = described(Prepared.build(SCHEMA, document, **options))
    monkeypatch.delattr("graphql.execution.executor.get_variable_values")
    assert described(Prepared.build(SCHEMA, document, **options)) == expected


def test_operations_of_one_document_are_told_apart() -> None:
    document = parse("query A($v: Int) { field } query B($v: String) { field }")
    for name, value in [("A", 1), ("B", "b"), ("A", 2), ("B", "c")]:
        options: dict[str, Any] = {"operation_name": name, "raw_variable_values": {"v": value}}
        expected = described(IncrementalExecutor.build(SCHEMA, document, **options))
        assert described(Prepared.build(SCHEMA, document, **options)) == expected


def test_an_option_that_is_not_known_here_is_passed_on() -> None:
    document = document_of("Int", with_default=False)
    for _ in range(2):
        built = Prepared.build(SCHEMA, document, enable_early_execution=True)
        assert isinstance(built, Executor)
        assert built.enable_early_execution
