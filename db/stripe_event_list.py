"""Reading the webhook inbox, for operators."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Text, Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql import TIMESTAMP

from db.models import Organization, StripeEvent
from db.pages import paged
from db.statements import AnySelect, Statement


@dataclass(frozen=True, slots=True)
class StripeEventFilter:
    """Which filters a list of events has: their presence is the shape of its statement."""

    state: bool = False
    type: bool = False
    organization: bool = False
    since: bool = False


_COLUMNS: tuple[Any, ...] = (
    StripeEvent.id,
    StripeEvent.type,
    StripeEvent.api_version,
    StripeEvent.object_id,
    StripeEvent.stripe_customer_id,
    StripeEvent.stripe_created_at,
    StripeEvent.received_at,
    StripeEvent.state,
    StripeEvent.attempts,
    StripeEvent.next_attempt_at,
    StripeEvent.error,
    StripeEvent.closed_at,
    Organization.id.label("organization_id"),
    Organization.name.label("organization_name"),
)
_OWNED = Organization.stripe_customer_id == StripeEvent.stripe_customer_id


def _conditions(filters: StripeEventFilter) -> list[ColumnElement[bool]]:
    conditions: dict[ColumnElement[bool], bool] = {
        StripeEvent.state == bindparam("state", type_=Text): filters.state,
        StripeEvent.type == bindparam("type", type_=Text): filters.type,
        Organization.id == bindparam("organization_id", type_=Uuid): filters.organization,
        StripeEvent.received_at
        >= bindparam("since", type_=TIMESTAMP(timezone=True)): filters.since,
    }
    return [condition for condition, wanted in conditions.items() if wanted]


def _select(*columns: Any) -> AnySelect:
    return select(*columns).select_from(StripeEvent).outerjoin(Organization, _OWNED)


@cache
def page(filters: StripeEventFilter, *, after: bool, with_payload: bool) -> Statement:
    """A page of events, the newest first. Payloads are long, so they are read where wanted."""
    columns = (*_COLUMNS, StripeEvent.payload) if with_payload else _COLUMNS
    order: list[ColumnElement[Any]] = [
        StripeEvent.received_at.expression,
        StripeEvent.id.expression,
    ]
    listed = _select(*columns).where(*_conditions(filters))
    return Statement(paged(listed, order=order, after=after, descending=True))


@cache
def count(filters: StripeEventFilter) -> Statement:
    """How many events there are, by the same filters."""
    return Statement(_select(func.count().label("total")).where(*_conditions(filters)))


BY_ID = Statement(
    _select(*_COLUMNS, StripeEvent.payload).where(StripeEvent.id == bindparam("id", type_=Text))
)
"""The event `:id`, with its payload."""
