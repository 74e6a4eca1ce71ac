"""A page of some list for each of many organizations: one statement, one more for totals."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from db.database import Database, Row
from db.statements import Statement
from services.pages import Page, PageRequest, make_page

T = TypeVar("T")


async def list_for_each(
    database: Database,
    organization_ids: Sequence[UUID],
    request: PageRequest,
    *,
    page: Statement,
    count: Statement,
    view_of: Callable[[Row], T],
    cursor_of: Callable[[T], str],
    **values: Any,
) -> list[Page[T]]:
    """One page for each organization, in their order; `values` are the filters' parameters."""
    ids = list(organization_ids)
    rows = await database.fetch(page, parent_ids=ids, **request.bounds, **values)
    by_parent: defaultdict[UUID, list[T]] = defaultdict(list)
    for row in rows:
        by_parent[row["parent_id"]].append(view_of(row))
    totals: dict[UUID, int] = {}
    if request.with_total:
        counted = await database.fetch(count, parent_ids=ids, **values)
        totals = {row["organization_id"]: row["total"] for row in counted}
    return [
        make_page(
            by_parent[parent],
            request,
            cursor_of=cursor_of,
            total=totals.get(parent, 0) if request.with_total else None,
        )
        for parent in ids
    ]
