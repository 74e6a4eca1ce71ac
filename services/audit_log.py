"""The audit log: reading it. Who may see it is the resolvers' question; `services.audit` writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from db import audit_events
from db.database import Database, Row
from db.enums import ActorKind
from services.global_ids import TenantKey
from services.lists import list_for_each
from services.pages import Page, PageRequest, encode_cursor
from services.record_views import AuditEventView
from services.views import UserView


@dataclass(frozen=True, slots=True)
class AuditLogRequest:
    """A page of the log, filtered; `since` is in, `until` is out."""

    page: PageRequest
    action: str | None = None
    actor_user_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def filters(self) -> audit_events.AuditFilter:
        """Which filters there are."""
        return audit_events.AuditFilter(
            action=self.action is not None,
            actor=self.actor_user_id is not None,
            since=self.since is not None,
            until=self.until is not None,
        )


class AuditLogService:
    """Reads of the audit log, batched over organizations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_for_each(
        self, organization_ids: Sequence[UUID], request: AuditLogRequest
    ) -> list[Page[AuditEventView]]:
        """A page for each organization, the newest event first."""
        return await list_for_each(
            self._database,
            organization_ids,
            request.page,
            page=audit_events.page(request.filters, after=request.page.after is not None),
            count=audit_events.count(request.filters),
            view_of=_view,
            cursor_of=lambda event: encode_cursor(event.at, event.id),
            action=request.action,
            actor_user_id=request.actor_user_id,
            since=request.since,
            until=request.until,
        )

    async def get_many(self, keys: Sequence[TenantKey]) -> dict[TenantKey, AuditEventView]:
        """The events of these keys that there are."""
        rows = await self._database.fetch(
            audit_events.BY_IDS,
            organization_ids=[key.organization_id for key in keys],
            ids=[key.id for key in keys],
        )
        views = [_view(row) for row in rows]
        return {TenantKey(view.organization_id, view.id): view for view in views}


def _view(row: Row) -> AuditEventView:
    actor = None
    if row["user_id"] is not None:
        actor = UserView(row["user_id"], row["user_email"], row["user_name"])
    return AuditEventView(
        row["organization_id"],
        row["id"],
        row["at"],
        ActorKind(row["actor_kind"]),
        actor,
        row["action"],
        row["target_type"],
        row["target_id"],
        _json(row["before"]),
        _json(row["after"]),
        row["request_id"],
    )


def _json(text: str | None) -> dict[str, Any] | None:
    value: dict[str, Any] | None = None if text is None else orjson.loads(text)
    return value
