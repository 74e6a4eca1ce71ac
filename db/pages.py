"""Keyset pages: rows after a cursor, in a total order, for many parents in one statement.

A page costs the same at any depth (no OFFSET), and a page of pages (the members of each of twenty
organizations) is one statement: one LATERAL subquery per parent.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Uuid,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
)

from db.statements import AnySelect

LIMIT = bindparam("limit", type_=Integer)


def after_cursor(
    columns: Sequence[ColumnElement[Any]], *, descending: bool = False
) -> ColumnElement[bool]:
    """True for rows beyond the cursor `:after_0, :after_1, ...` in the order of `columns`."""
    bounds = [
        bindparam(f"after_{index}", type_=column.type) for index, column in enumerate(columns)
    ]
    left, right = tuple_(*columns), tuple_(*bounds)
    return left < right if descending else left > right


def _ordered(
    statement: AnySelect, columns: Sequence[ColumnElement[Any]], *, descending: bool
) -> AnySelect:
    return statement.order_by(*(c.desc() if descending else c.asc() for c in columns))


def paged(
    statement: AnySelect,
    *,
    order: Sequence[ColumnElement[Any]],
    after: bool,
    descending: bool = False,
) -> AnySelect:
    """`statement` in `order`, beyond the cursor when there is one, at most `:limit` rows."""
    if after:
        statement = statement.where(after_cursor(order, descending=descending))
    return _ordered(statement, order, descending=descending).limit(LIMIT)


PARENT: ColumnElement[Any] = literal_column("parent.id", Uuid())
"""The parent's id within a page: the statement compares its own column with it."""


def paged_for_each_parent(
    statement: AnySelect,
    *,
    order: Sequence[ColumnElement[Any]],
    after: bool,
    descending: bool = False,
) -> AnySelect:
    """A page for each of `:parent_ids`; the rows carry `parent_id`. `order` is selected too."""
    parents = (
        func.unnest(bindparam("parent_ids", type_=ARRAY(Uuid)))
        .table_valued("id")
        .render_derived(name="parent")
    )
    page = paged(statement, order=order, after=after, descending=descending).lateral("page")
    together = select(parents.c.id.label("parent_id"), *page.c).select_from(
        parents.join(page, literal_column("true"))
    )
    return _ordered(together, [page.c[c.key] for c in order if c.key], descending=descending)
