"""Reading the audit log."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text, Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql import TIMESTAMP

from db.models import AuditEvent, User
from db.pages import PARENT, paged_for_each_parent
from db.statements import AnySelect, Statement


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which filters a page of the audit log has: their presence is the shape of its statement."""

    action: bool = False
    actor: bool = False
    since: bool = False
    until: bool = False


def _viewed() -> AnySelect:
    return select(
        AuditEvent.organization_id,
        AuditEvent.id,
        AuditEvent.at,
        AuditEvent.actor_kind,
        AuditEvent.action,
        AuditEvent.target_type,
        AuditEvent.target_id,
        AuditEvent.before,
        AuditEvent.after,
        AuditEvent.request_id,
        User.id.label("user_id"),
        User.email.label("user_email"),
        User.name.label("user_name"),
    ).outerjoin(User, User.id == AuditEvent.actor_user_id)


def _conditions(filters: AuditFilter) -> list[ColumnElement[bool]]:
    moment = TIMESTAMP(timezone=True)
    conditions: dict[ColumnElement[bool], bool] = {
        AuditEvent.action == bindparam("action", type_=Text): filters.action,
        AuditEvent.actor_user_id == bindparam("actor_user_id", type_=Uuid): filters.actor,
        AuditEvent.at >= bindparam("since", type_=moment): filters.since,
        AuditEvent.at < bindparam("until", type_=moment): filters.until,
    }
    return [condition for condition, wanted in conditions.items() if wanted]


@cache
def page(filters: AuditFilter, *, after: bool) -> Statement:
    """A page of the log of each of `:parent_ids`, the newest first."""
    inner = _viewed().where(AuditEvent.organization_id == PARENT, *_conditions(filters))
    order: list[ColumnElement[Any]] = [AuditEvent.at.expression, AuditEvent.id.expression]
    return Statement(paged_for_each_parent(inner, order=order, after=after, descending=True))


@cache
def count(filters: AuditFilter) -> Statement:
    """How many events the log of each of `:parent_ids` has, by the same filters."""
    statement = (
        select(AuditEvent.organization_id, func.count().label("total"))
        .where(
            AuditEvent.organization_id == func.any(bindparam("parent_ids", type_=ARRAY(Uuid))),
            *_conditions(filters),
        )
        .group_by(AuditEvent.organization_id)
    )
    return Statement(statement)


BY_IDS = Statement(
    _viewed().where(
        AuditEvent.organization_id == func.any(bindparam("organization_ids", type_=ARRAY(Uuid))),
        AuditEvent.id == func.any(bindparam("ids", type_=ARRAY(Uuid))),
    )
)
"""The events of `:ids`; their organizations stand in `:organization_ids`."""
