"""Pages of a list: what is asked for, what is answered, and the cursors between them.

A cursor is the order key of its row, so that a page is found by an index however deep it lies. It
is opaque to clients: base64url of a JSON list.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson

from services.refusals import InvalidInput

DEFAULT_FIRST = 20
LARGEST_FIRST = 100
LARGEST_NUMBER = 2**31 - 1

T = TypeVar("T")
Parse = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The `first` rows beyond the order key `after`; hashable, to batch equal requests."""

    first: int = DEFAULT_FIRST
    after: tuple[Any, ...] | None = None
    with_total: bool = False

    @property
    def bounds(self) -> dict[str, Any]:
        """The parameters of a paged statement. One row more tells whether there is a next page."""
        after = {f"after_{index}": value for index, value in enumerate(self.after or ())}
        return {"limit": self.first + 1, **after}


@dataclass(frozen=True, slots=True)
class Edge(Generic[T]):
    """A row in its page."""

    cursor: str
    node: T


@dataclass(frozen=True, slots=True)
class PageInfo:
    """Where a page lies in its list."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list. `total_count` is None unless it was asked for."""

    nodes: Sequence[T]
    cursor_of: Callable[[T], str]
    has_next_page: bool
    has_previous_page: bool
    total_count: int | None

    @property
    def edges(self) -> list[Edge[T]]:
        """The rows with their cursors."""
        return [Edge(self.cursor_of(node), node) for node in self.nodes]

    @property
    def page_info(self) -> PageInfo:
        """Where this page lies."""
        return PageInfo(
            self.has_next_page,
            self.has_previous_page,
            self.cursor_of(self.nodes[0]) if self.nodes else None,
            self.cursor_of(self.nodes[-1]) if self.nodes else None,
        )


def make_page(
    rows: Sequence[T], request: PageRequest, *, cursor_of: Callable[[T], str], total: int | None
) -> Page[T]:
    """The page from `first + 1` rows."""
    return Page(
        rows[: request.first],
        cursor_of,
        has_next_page=len(rows) > request.first,
        has_previous_page=request.after is not None,
        total_count=total,
    )


def encode_cursor(*key: str | int | UUID | datetime) -> str:
    """The cursor of a row with this order key."""
    # asyncpg has a UUID class of its own, which orjson asks about
    return urlsafe_b64encode(orjson.dumps(key, default=str)).rstrip(b"=").decode()


def parse_moment(text: str) -> datetime:
    """A moment in a cursor, in UTC: one that names its offset, or a ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without an offset")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:  # the first or last hours that there are, elsewhere
        raise ValueError("a moment that is none in UTC") from error


def parse_number(number: Any) -> int:
    """A number in a cursor: a whole one that Postgres can compare with, or a ValueError."""
    if type(number) is not int or not 0 <= number <= LARGEST_NUMBER:
        raise ValueError("no number of a row")
    return number


def page_request(
    *, first: int | None, after: str | None, with_total: bool, key: Sequence[Parse]
) -> PageRequest:
    """A checked request; `key` parses the parts of the order key that a cursor holds."""
    size = DEFAULT_FIRST if first is None else first
    if not 0 <= size <= LARGEST_FIRST:
        raise InvalidInput("first", f"has to be between 0 and {LARGEST_FIRST}, not {size}")
    return PageRequest(size, None if after is None else _decode_cursor(after, key), with_total)


def _decode_cursor(cursor: str, key: Sequence[Parse]) -> tuple[Any, ...]:
    try:
        values = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return tuple(parse(value) for parse, value in zip(key, values, strict=True))
    except (ValueError, TypeError, AttributeError, binascii.Error):
        raise InvalidInput("after", "is not a cursor of this list") from None
