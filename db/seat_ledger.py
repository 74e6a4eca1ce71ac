"""The seat ledger as it is shown: who held a seat, from when to when, and why (S4)."""

from functools import cache
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Uuid, bindparam, func, select

from db.models import Seat
from db.pages import PARENT, paged_for_each_parent
from db.statements import AnySelect, Statement


def _viewed() -> AnySelect:
    return select(
        Seat.organization_id,
        Seat.id,
        Seat.number,
        Seat.state,
        Seat.member_id,
        Seat.invitation_id,
        Seat.expires_at,
        Seat.began_at,
        Seat.began_reason,
        Seat.ended_at,
        Seat.ended_reason,
    )


@cache
def page(*, after: bool) -> Statement:
    """A page of the ledger of each of `:parent_ids`, the row that began last first."""
    inner = _viewed().where(Seat.organization_id == PARENT)
    order: list[ColumnElement[Any]] = [Seat.began_at.expression, Seat.id.expression]
    return Statement(paged_for_each_parent(inner, order=order, after=after, descending=True))


COUNT = Statement(
    select(Seat.organization_id, func.count().label("total"))
    .where(Seat.organization_id == func.any(bindparam("parent_ids", type_=ARRAY(Uuid))))
    .group_by(Seat.organization_id)
)
"""How many rows the ledger of each of `:parent_ids` has."""

BY_IDS = Statement(
    _viewed().where(
        Seat.organization_id == func.any(bindparam("organization_ids", type_=ARRAY(Uuid))),
        Seat.id == func.any(bindparam("ids", type_=ARRAY(Uuid))),
    )
)
"""The rows of `:ids`; their organizations stand in `:organization_ids`."""
