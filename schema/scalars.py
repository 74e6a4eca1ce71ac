"""The scalars, each with the document that specifies it, so that code generators know its type."""

from datetime import UTC, datetime
from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from services.moments import moment_text

URL = NewType("URL", str)
Long = NewType("Long", int)
JSON = NewType("JSON", object)
FieldSelectionSet = NewType("FieldSelectionSet", str)

LONGEST_LONG = 2**63


def _parse_datetime(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError("DateTime has to be a moment as 2026-01-31T12:00:00.000Z") from None
    if moment.tzinfo is None:
        raise ValueError("DateTime has to name its offset, as in 2026-01-31T12:00:00.000Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("DateTime has to be a moment in UTC, too") from None


def _parse_long(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("Long has to be a whole number")
    if not -LONGEST_LONG <= value < LONGEST_LONG:
        raise ValueError("Long has to fit into 64 bits")
    return value


def _parse_url(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("URL has to be a string")
    return value


def _parse_text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("FieldSelectionSet has to be a string")
    return value


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment in UTC, as `2026-01-31T12:00:00.000Z`.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
        serialize=moment_text,
        parse_value=_parse_datetime,
    ),
    URL: strawberry.scalar(
        name="URL",
        description="An absolute URL.",
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc3986",
        serialize=str,
        parse_value=_parse_url,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="A JSON value.",
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc8259",
        serialize=lambda value: value,
        parse_value=lambda value: value,
    ),
    FieldSelectionSet: strawberry.scalar(
        name="FieldSelectionSet",
        description="Fields of a type, as a GraphQL selection set without its outer braces.",
        specified_by_url="https://graphql.github.io/composite-schemas-spec/draft/",
        serialize=str,
        parse_value=_parse_text,
    ),
    Long: strawberry.scalar(
        name="Long",
        description="A whole number of 64 bits, as a JSON number.",
        specified_by_url="https://scalars.graphql.org/jakobmerrild/long.html",
        serialize=int,
        parse_value=_parse_long,
    ),
}
