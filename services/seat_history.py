"""The seat ledger: reading it. Who may see it is the resolvers' question."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from db import seat_ledger
from db.database import Database, Row
from db.enums import SeatBeginning, SeatEnding, SeatState
from services.clock import Clock
from services.global_ids import TenantKey
from services.lists import list_for_each
from services.pages import Page, PageRequest, encode_cursor
from services.record_views import SeatLedgerEntryView


class SeatHistoryService:
    """Reads of the ledger, batched over organizations."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def list_for_each(
        self, organization_ids: Sequence[UUID], request: PageRequest
    ) -> list[Page[SeatLedgerEntryView]]:
        """A page for each organization; what began last comes first."""
        return await list_for_each(
            self._database,
            organization_ids,
            request,
            page=seat_ledger.page(after=request.after is not None),
            count=seat_ledger.COUNT,
            view_of=partial(_view, now=self._clock.now()),
            cursor_of=lambda entry: encode_cursor(entry.began_at, entry.id),
        )

    async def get_many(self, keys: Sequence[TenantKey]) -> dict[TenantKey, SeatLedgerEntryView]:
        """The entries of these keys that there are."""
        rows = await self._database.fetch(
            seat_ledger.BY_IDS,
            organization_ids=[key.organization_id for key in keys],
            ids=[key.id for key in keys],
        )
        views = [_view(row, now=self._clock.now()) for row in rows]
        return {TenantKey(view.organization_id, view.id): view for view in views}


def _view(row: Row, *, now: datetime) -> SeatLedgerEntryView:
    ended_at, ended_reason = row["ended_at"], row["ended_reason"]
    if ended_at is None and row["expires_at"] is not None and row["expires_at"] <= now:
        ended_at, ended_reason = row["expires_at"], SeatEnding.INVITATION_EXPIRED
    return SeatLedgerEntryView(
        row["organization_id"],
        row["id"],
        row["number"],
        SeatState(row["state"]),
        _key(row, "member_id"),
        _key(row, "invitation_id"),
        row["began_at"],
        SeatBeginning(row["began_reason"]),
        ended_at,
        SeatEnding(ended_reason) if ended_reason else None,
    )


def _key(row: Row, column: str) -> TenantKey | None:
    return TenantKey(row["organization_id"], row[column]) if row[column] else None
