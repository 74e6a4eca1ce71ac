"""Connections: pages of a list by the Relay specification, with `nodes` and `totalCount`."""

from typing import Annotated, Generic, TypeVar

import strawberry

from schema.directives import Shareable
from schema.info import Info, selected
from services.pages import LARGEST_FIRST, PageRequest, Parse, page_request

T = TypeVar("T")

First = Annotated[
    int | None,
    strawberry.argument(description=f"How many rows, at most {LARGEST_FIRST}."),
]
After = Annotated[
    str | None, strawberry.argument(description="The cursor after which the page begins.")
]


@strawberry.type(directives=[Shareable()], description="Where a page lies in its list.")
class PageInfo:
    """Cursors and flags of the Relay specification."""

    has_next_page: bool = strawberry.field(description="Whether rows follow the page.")
    has_previous_page: bool = strawberry.field(description="Whether the page is not the first.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first row.")
    end_cursor: str | None = strawberry.field(
        description="The cursor of the last row: pass it as `after` for the next page."
    )


@strawberry.type(description="A row of a page.")
class Edge(Generic[T]):
    """A node with its place in the list."""

    cursor: str = strawberry.field(description="The place of this row in the list.")
    node: T = strawberry.field(description="The row itself.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """The source is a `services.pages.Page`."""

    edges: list[Edge[T]] = strawberry.field(description="The rows with their cursors.")
    nodes: list[T] = strawberry.field(description="The rows.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")
    total_count: int = strawberry.field(description="How many rows the whole list has.")


def requested_page(
    info: Info, *, first: int | None, after: str | None, key: tuple[Parse, ...]
) -> PageRequest:
    """The checked request for the connection that is being resolved; `key` reads its cursors."""
    with_total = "total_count" in selected(info)
    return page_request(first=first, after=after, with_total=with_total, key=key)
