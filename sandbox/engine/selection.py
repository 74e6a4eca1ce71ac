"""Which objects of a kind are wanted, as one SQL statement.

Only the conditions that are given are written, so that Postgres plans each form by itself and uses
the index that serves it.
"""

from dataclasses import dataclass
from typing import Any, TypedDict

import orjson


class SelectionArguments(TypedDict, total=False):
    """The fields of `Selection`, for functions that pass them on."""

    customer: str | None
    where: dict[str, Any] | None
    statuses: list[str] | None
    types: list[str] | None
    before: int | None
    after: int | None
    created_from: int | None
    created_until: int | None
    limit: int | None


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What to select, newest first (oldest first with `after`).

    `where` is containment in the stored JSON; `types` are patterns of LIKE; `before` and `after`
    are places in the order of creation; `created_from` and `created_until` are Unix seconds, both
    inclusive.
    """

    customer: str | None = None
    where: dict[str, Any] | None = None
    statuses: list[str] | None = None
    types: list[str] | None = None
    before: int | None = None
    after: int | None = None
    created_from: int | None = None
    created_until: int | None = None
    limit: int | None = None

    def to_sql(self, *, account: str, kind: str) -> tuple[str, list[Any]]:
        """The statement and its arguments."""
        where = orjson.dumps(self.where).decode() if self.where else None
        given = [
            ("account = ${}", account),
            ("kind = ${}", kind),
            ("customer = ${}", self.customer),
            ("data @> ${}::jsonb", where),
            ("data ->> 'status' = ANY (${}::text[])", self.statuses),
            ("data ->> 'type' LIKE ANY (${}::text[])", self.types),
            ("sequence < ${}", self.before),
            ("sequence > ${}", self.after),
            ("created >= ${}", self.created_from),
            ("created <= ${}", self.created_until),
        ]
        used = [(text, value) for text, value in given if value is not None]
        conditions = [text.format(place) for place, (text, _) in enumerate(used, start=1)]
        arguments = [value for _, value in used]
        parts = [
            "SELECT id, sequence, data FROM sandbox.objects WHERE NOT data ? 'deleted' AND",
            " AND ".join(conditions),
            "ORDER BY sequence" if self.after is not None else "ORDER BY sequence DESC",
        ]
        if self.limit is not None:
            arguments.append(self.limit)
            parts.append("LIMIT ${}".format(len(arguments)))  # noqa: UP032 # `$` and braces
        return " ".join(parts), arguments
