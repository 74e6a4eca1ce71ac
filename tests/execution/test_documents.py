"""The document cache: one parse and one validation per text, nothing a request can mark."""

from __future__ import annotations

import pytest
from graphql import (
    GraphQLError,
    GraphQLSyntaxError,
    ValidationContext,
    ValidationRule,
    build_schema,
    specified_rules,
)

from execution.cache import BoundedCache
from execution.documents import DocumentCache

SCHEMA = build_schema("type Query { greeting: String, organization: Query }")


class CountingRule(ValidationRule):
    """Counts validations."""

    runs = 0

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        CountingRule.runs += 1


def make_cache(
    *, max_tokens: int = 1_000, max_entries: int = 10, max_characters: int = 1_000
) -> DocumentCache:
    CountingRule.runs = 0
    return DocumentCache(
        SCHEMA,
        rules=[*specified_rules, CountingRule],
        max_tokens=max_tokens,
        max_entries=max_entries,
        max_characters=max_characters,
    )


def test_a_valid_text_is_parsed_and_validated_once() -> None:
    cache = make_cache()
    first = cache.check("{ greeting }")
    assert not first.errors
    assert cache.check("{ greeting }").tree is first.tree
    assert CountingRule.runs == 1


def test_an_invalid_text_is_validated_once() -> None:
    cache = make_cache()
    for _ in range(3):
        document = cache.check("{ salute }")
        assert document.tree is not None
        (error,) = document.errors
        assert error.message == "Cannot query field 'salute' on type 'Query'."
        assert error.locations is not None
        assert [tuple(location) for location in error.locations] == [(1, 3)]
    assert CountingRule.runs == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{ greeting", "Syntax Error: Expected Name, found <EOF>."),
        ("", "Syntax Error: Unexpected <EOF>."),
        ("{ \x00 }", "Syntax Error: Unexpected character: U+0000."),
    ],
)
def test_a_syntax_error_keeps_its_place_and_kind(text: str, message: str) -> None:
    cache = make_cache()
    seen = [cache.check(text) for _ in range(2)]
    for document in seen:
        assert document.tree is None
        (error,) = document.errors
        assert isinstance(error, GraphQLSyntaxError)
        assert error.message == message
        assert error.locations
        assert error.formatted == seen[0].errors[0].formatted


@pytest.mark.parametrize("text", ["{ greeting", "{ salute }"])
def test_what_one_request_does_to_an_error_no_other_sees(text: str) -> None:
    cache = make_cache()

    def answer() -> GraphQLError:
        (error,) = cache.check(text).errors
        with pytest.raises(GraphQLError) as raised:
            raise error
        return raised.value

    one = answer()
    assert one.extensions is not None
    one.extensions["requestId"] = "1"
    (other,) = cache.check(text).errors
    assert not other.extensions
    assert other.__traceback__ is None


def test_tokens_are_limited() -> None:
    cache = make_cache(max_tokens=10)
    assert not cache.check("{ greeting }").errors
    document = cache.check("{" + " greeting" * 10 + " }")
    assert document.tree is None
    assert "more than 10 tokens" in document.errors[0].message


@pytest.mark.parametrize("opening", ["{organization", "{a(b:[", "{a(b:{c:"])
def test_deep_nesting_is_an_error_not_a_crash(opening: str) -> None:
    document = make_cache(max_tokens=100_000).check(opening * 10_000)
    assert document.tree is None
    assert isinstance(document.errors[0], GraphQLError)


def test_a_text_longer_than_all_that_is_kept_is_checked_and_not_kept() -> None:
    cache = make_cache(max_characters=50)
    text = "{ greeting } #" + "x" * 100
    assert not cache.check(text).errors
    assert not cache.check(text).errors
    assert CountingRule.runs == 2


def test_the_text_used_longest_ago_is_forgotten() -> None:
    cache = make_cache(max_entries=2)
    for text in ("{ greeting }", "{ a: greeting }", "{ greeting }", "{ b: greeting }"):
        cache.check(text)
    assert CountingRule.runs == 3
    cache.check("{ greeting }")
    assert CountingRule.runs == 3
    cache.check("{ a: greeting }")
    assert CountingRule.runs == 4


def test_the_bounds_hold_whatever_comes() -> None:
    cache: BoundedCache[int, str] = BoundedCache(max_entries=5, max_weight=100)
    for number in range(1_000):
        cache.put(number % 7, "x", weight=number % 60)
        assert len(cache) <= 5
        assert cache.weight <= 100


def test_an_entry_too_heavy_to_keep_drives_no_other_out() -> None:
    cache: BoundedCache[int, str] = BoundedCache(max_entries=5, max_weight=100)
    cache.put(1, "light", weight=10)
    cache.put(2, "heavy", weight=101)
    assert cache.get(1) == "light"
    assert cache.get(2) is None


class RefuseEverythingRule(ValidationRule):
    """Refuses each document."""

    def enter_document(self, *_args: object) -> None:
        self.report_error(GraphQLError("Too much."))


def test_what_a_guard_refuses_is_not_validated_further() -> None:
    CountingRule.runs = 0
    cache = DocumentCache(
        SCHEMA, rules=[CountingRule], guards=[RefuseEverythingRule], max_tokens=1_000
    )
    assert [error.message for error in cache.check("{ salute }").errors] == ["Too much."]
    assert CountingRule.runs == 0
