"""Bounds on the shape and on the cost of operations, and what their messages say."""

from typing import Any

import pytest

from tests.server.graphql_http.serving import Served, ServeFactory


async def error_of(served: Served, query: str, **request: Any) -> dict[str, Any]:
    response = await served.post({"query": query, **request})
    (error,) = response.json()["errors"]
    assert isinstance(error, dict)
    return error


async def cost_of(served: Served, query: str, **request: Any) -> tuple[float, float]:
    response = await served.post({"query": query, **request}, GraphQL_Cost="report")
    cost = response.json()["extensions"]["operationCost"]
    return cost["fieldCost"], cost["typeCost"]


@pytest.mark.parametrize(
    ("settings", "query", "message"),
    [
        (
            {"max_depth": 2},
            "{ shelf { nodes { title } } }",
            "The operation is 3 levels deep; at most 2 are allowed.",
        ),
        (
            {"max_depth": 2},
            "{ ...A } fragment A on Query { shelf { ...B } } fragment B on Shelf { edges { x } }",
            "The operation is 3 levels deep; at most 2 are allowed.",
        ),
        (
            {"max_root_fields": 2},
            "{ greeting ...A } fragment A on Query { a: greeting b: greeting }",
            "The operation has 3 root fields; at most 2 are allowed.",
        ),
        (
            {"max_aliases": 1},
            "{ books { a: title } b: books { title } }",
            "The operation has 2 aliases; at most 1 are allowed.",
        ),
        (
            {"max_selections": 2},
            "{ shelf { nodes { title title pages } } }",
            "The operation has 3 selections in one place; at most 2 are allowed.",
        ),
        (
            {},
            f"{{ booksByIds(ids: [1, {'9' * 641}]) {{ title }} }}",
            "The number has 641 digits; at most 640 are allowed.",
        ),
        (
            {},
            f"query Q($n: Int = -{'9' * 641}) {{ books(first: $n) {{ title }} }}",
            "The number has 641 digits; at most 640 are allowed.",
        ),
    ],
)
async def test_the_shape_is_bounded(
    serve_with: ServeFactory, settings: dict[str, int], query: str, message: str
) -> None:
    async with serve_with(**settings) as served:
        error = await error_of(served, query)
        assert error["message"] == message
        assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
        assert error["extensions"]["reached"] == error["extensions"]["limit"] + 1
        assert error["locations"][0]["line"] == 1
    async with serve_with(**{name: most + 1 for name, most in settings.items()}) as served:
        response = await served.post({"query": query.replace("9" * 641, "9" * 640)})
        assert "LIMIT_EXCEEDED" not in response.text


async def test_tokens_are_bounded(serve_with: ServeFactory) -> None:
    async with serve_with(max_tokens=10) as served:
        for _ in range(2):  # the second is answered from what is kept of the document
            error = await error_of(served, "{" + "greeting " * 10 + "}")
            assert error["message"] == (
                "The document has more than 10 tokens; at most 10 are allowed."
            )
            assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": 10}


@pytest.mark.parametrize(
    "query",
    [
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
        "{ ...A } fragment A on Query { ...A }",
        "{ ...Missing }",
    ],
)
async def test_broken_fragments_are_left_to_the_validation(served: Served, query: str) -> None:
    response = await served.post({"query": query})
    codes = {error["extensions"]["code"] for error in response.json()["errors"]}
    assert codes == {"GRAPHQL_VALIDATION_FAILED"}


async def test_what_breaks_a_bound_is_not_validated_further(served: Served) -> None:
    """The rule that compares fields with each other is quadratic, and this has 1,900 of them."""
    response = await served.post({"query": "{" + "nope " * 1_900 + "}"})
    codes = {error["extensions"]["code"] for error in response.json()["errors"]}
    assert codes == {"LIMIT_EXCEEDED"}


async def test_the_introspection_of_an_ide_is_not_bounded_by_the_depth(
    serve_with: ServeFactory,
) -> None:
    fields = "name type { " + "kind ofType { " * 9 + "kind" + " }" * 9 + " }"
    query = f"{{ __schema {{ types {{ fields {{ {fields} }} }} }} }}"
    async with serve_with(max_depth=1) as served:
        assert "errors" not in (await served.post({"query": query})).json()


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        ("{ greeting }", (0, 1)),
        ("{ dear }", (100, 1)),
        ("{ books { title } }", (1, 11)),
        ("{ books(first: 3) { title summary } }", (1, 4)),
        (f"{{ booksByIds(ids: {list(range(150))}) {{ title }} }}", (1, 151)),
        ("{ books(first: 100) { title } }", (1, 101)),
        ("{ newBooks { title } }", (1, 5)),
        ("{ shelf { nodes { title } } }", (2, 24)),
        ("{ shelf(first: 2) { nodes { title } } }", (2, 6)),
        ("{ shelf(first: 2) { edges { node { title } } } }", (4, 8)),
        ("{ shelf(first: 2) { ...N } } fragment N on Shelf { ... { nodes { title } } }", (2, 6)),
        (
            "{ a: shelf(first: 2) { ...N } shelf {...N} } fragment N on Shelf { nodes { title } }",
            (4, 29),
        ),
        ("{ shelf(first: 2) { selfAgain { nodes { title } } } }", (3, 8)),
        ("{ thing { ... on Book { title } ... on Shelf { selfAgain { __typename } } } }", (2, 7)),
        ("{ thing { ... on Thing { ... on Shelf { selfAgain { __typename } } } } }", (2, 7)),
        ("{ __schema { types { name } } }", (0, 1)),
    ],
)
async def test_the_cost_is_that_of_the_specification(
    served: Served, query: str, cost: tuple[float, float]
) -> None:
    assert await cost_of(served, query) == cost


async def test_variables_say_the_size(served: Served) -> None:
    query = "query Q($n: Int = 7) { shelf(first: $n) { nodes { title } } }"
    assert await cost_of(served, query) == (2, 11)
    assert await cost_of(served, query, variables={"n": 2}) == (2, 6)
    assert await cost_of(served, query, variables={"n": None}) == (2, 11)
    assert await cost_of(served, query, variables={"n": -5}) == (2, 4)


async def test_a_list_of_ids_says_the_size_and_is_not_bounded_as_a_page_is(served: Served) -> None:
    query = "query Q($ids: [Int!]!) { booksByIds(ids: $ids) { title } }"
    assert await cost_of(served, query, variables={"ids": list(range(150))}) == (1, 151)


async def test_the_cost_is_told_only_when_asked(served: Served) -> None:
    assert "extensions" not in (await served.post({"query": "{ greeting }"})).json()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"max_field_cost": 99},
            "To resolve fields, this operation may cost 101; at most 99 is allowed.",
        ),
        (
            {"max_type_cost": 10},
            "To build objects, this operation may cost 11; at most 10 is allowed.",
        ),
    ],
)
async def test_a_dear_operation_is_refused_with_the_numbers(
    serve_with: ServeFactory, settings: dict[str, int], message: str
) -> None:
    async with serve_with(**settings) as served:
        error = await error_of(served, "{ dear books { title } }")
        assert error["message"] == message
        assert error["extensions"]["code"] == "COST_LIMIT_EXCEEDED"


async def test_what_costs_just_the_limit_runs(serve_with: ServeFactory) -> None:
    async with serve_with(max_field_cost=101, max_type_cost=11) as served:
        response = await served.post({"query": "{ dear books { title } }"})
        assert "errors" not in response.json()


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ books(first: 101) { title } }", {}),
        ("query Q($n: Int) { shelf(first: $n) { nodes { title } } }", {"n": 101}),
    ],
)
async def test_a_long_list_is_refused(
    served: Served, query: str, variables: dict[str, int]
) -> None:
    error = await error_of(served, query, variables=variables)
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "limit": 100, "reached": 101}
    assert "gives at most 100 items at once, not 101" in error["message"]


async def test_fragments_that_double_each_other_cost_time_in_proportion(served: Served) -> None:
    """Two spreads of the next fragment, 99 deep: a naive walk would take 2^99 steps."""
    chain = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(99))
    query = "{ ...F0 } " + chain + " fragment F99 on Query { greeting }"
    error = await error_of(served, query)
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert error["extensions"]["reached"] == 1_000_000


async def test_a_cost_beyond_all_numbers_is_refused_too(served: Served) -> None:
    chain = " ".join(
        f"fragment F{n} on Shelf {{ selfAgain {{ __typename }} ...F{n + 1} ...F{n + 1} }}"
        for n in range(90)
    )
    query = "{ shelf { ...F0 } } " + chain + " fragment F90 on Shelf { __typename }"
    error = await error_of(served, query)
    assert error["extensions"]["code"] == "COST_LIMIT_EXCEEDED"
    assert error["extensions"]["reached"] == 2**53
