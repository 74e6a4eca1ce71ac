"""Billing sessions: reading them. Who may see them is the resolvers' question."""

from collections.abc import Sequence
from uuid import UUID

from db import billing_sessions
from db.database import Database, Row
from db.enums import BillingSessionKind, BillingSessionStatus
from services.global_ids import TenantKey
from services.lists import list_for_each
from services.pages import Page, PageRequest, encode_cursor
from services.views import BillingSessionView, UserView


class BillingSessionService:
    """Reads of billing sessions, batched over organizations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_for_each(
        self, organization_ids: Sequence[UUID], request: PageRequest
    ) -> list[Page[BillingSessionView]]:
        """A page for each organization, newest first."""
        return await list_for_each(
            self._database,
            organization_ids,
            request,
            page=billing_sessions.page(after=request.after is not None),
            count=billing_sessions.COUNT,
            view_of=_view,
            cursor_of=lambda session: encode_cursor(session.created_at, session.id),
        )

    async def get_many(self, keys: Sequence[TenantKey]) -> dict[TenantKey, BillingSessionView]:
        """The sessions of these keys that there are."""
        rows = await self._database.fetch(
            billing_sessions.BY_IDS,
            organization_ids=[key.organization_id for key in keys],
            ids=[key.id for key in keys],
        )
        return {TenantKey(row["organization_id"], row["id"]): _view(row) for row in rows}


def _view(row: Row) -> BillingSessionView:
    creator = (
        UserView(row["user_id"], row["user_email"], row["user_name"]) if row["user_id"] else None
    )
    return BillingSessionView(
        row["organization_id"],
        row["id"],
        BillingSessionKind(row["kind"]),
        BillingSessionStatus(row["status"]),
        row["url"],
        creator,
        row["created_at"],
        row["expires_at"],
    )
