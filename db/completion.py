"""What a transaction writes at its end, by one statement: its audit events and announcements."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, Enum, Text, bindparam, cast, func, insert, select
from sqlalchemy.dialects.postgresql import JSONB

from db.models import AuditEvent
from db.statements import Statement

UPDATES_CHANNEL = "seatwise_updates"
ANNOUNCED_AT_ONCE = 50
"""Organizations in one message: with all words there are, below Postgres' 8000 bytes."""

_COLUMNS: Sequence[Column[Any]] = tuple(AuditEvent.metadata.tables["audit_events"].columns)
_NAMES = tuple(column.name for column in _COLUMNS)


def _complete() -> Statement:
    given = func.unnest(*map(_of_all_events, _COLUMNS)).table_valued(*_NAMES).render_derived()
    events = [
        cast(given.c[column.name], JSONB) if _is_json(column) else given.c[column.name]
        for column in _COLUMNS
    ]
    logged = insert(AuditEvent).from_select(_NAMES, select(*events), include_defaults=False)
    messages = func.unnest(bindparam("messages", type_=ARRAY(Text))).table_valued("message")
    told = func.pg_notify(UPDATES_CHANNEL, messages.render_derived().c.message)
    return Statement(select(told).add_cte(logged.cte("logged")))


def _of_all_events(column: Column[Any]) -> Any:
    as_text = _is_json(column) or isinstance(column.type, Enum)
    return bindparam(column.name, type_=ARRAY(Text if as_text else column.type))


def _is_json(column: Column[Any]) -> bool:
    return isinstance(column.type, JSONB)


COMPLETE = _complete()


def arguments(
    events: Sequence[Mapping[str, Any]], announced: Mapping[UUID, Collection[str]]
) -> dict[str, Any]:
    """Those of `COMPLETE`: columns of audit events, in the order of what happened; and what changed
    about each organization, ids and words only, in as few messages as Postgres takes.
    """
    columns: dict[str, Any] = {name: [event[name] for event in events] for name in _NAMES}
    changes = [(str(key), sorted(words)) for key, words in announced.items()]
    columns["messages"] = [
        json.dumps(dict(changes[begin : begin + ANNOUNCED_AT_ONCE]))
        for begin in range(0, len(changes), ANNOUNCED_AT_ONCE)
    ]
    return columns
