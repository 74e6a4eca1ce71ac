"""Seats: reading the ledger. Who may see it is the resolvers' question."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from db import seats
from db.database import Database, Row
from db.enums import (
    DeactivationReason,
    MemberRole,
    MemberStatus,
    SeatState,
)
from services.clock import Clock
from services.global_ids import TenantKey
from services.lists import list_for_each
from services.pages import Page, PageRequest, encode_cursor
from services.views import MemberView, SeatView, UserView


@dataclass(frozen=True, slots=True)
class SeatListRequest:
    """A page of the seats taken now."""

    page: PageRequest
    state: SeatState | None = None


class SeatService:
    """Reads of the seats, batched over organizations."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def list_for_each(
        self, organization_ids: Sequence[UUID], request: SeatListRequest
    ) -> list[Page[SeatView]]:
        """A page for each organization, by seat number."""
        of_state = request.state is not None
        return await list_for_each(
            self._database,
            organization_ids,
            request.page,
            page=seats.page(of_state=of_state, after=request.page.after is not None),
            count=seats.count(of_state=of_state),
            view_of=_view,
            cursor_of=lambda seat: encode_cursor(seat.number),
            state=request.state,
            now=self._clock.now(),
        )

    async def get_many(self, keys: Sequence[TenantKey]) -> dict[TenantKey, SeatView]:
        """The seats of these keys that are taken now."""
        rows = await self._database.fetch(
            seats.BY_IDS,
            organization_ids=[key.organization_id for key in keys],
            ids=[key.id for key in keys],
            now=self._clock.now(),
        )
        return {TenantKey(row["organization_id"], row["id"]): _view(row) for row in rows}


def _view(row: Row) -> SeatView:
    seat = SeatView(
        row["organization_id"], row["id"], row["number"], SeatState(row["state"]), row["began_at"]
    )
    if row["member_id"] is None:
        return replace(seat, holder=TenantKey(row["organization_id"], row["invitation_id"]))
    return replace(seat, holder=_member(row, seat))


def _member(row: Row, seat: SeatView) -> MemberView:
    reason = row["member_deactivation_reason"]
    return MemberView(
        row["organization_id"],
        row["member_id"],
        MemberRole(row["member_role"]),
        MemberStatus(row["member_status"]),
        DeactivationReason(reason) if reason else None,
        row["member_deactivated_at"],
        row["member_joined_at"],
        UserView(row["user_id"], row["user_email"], row["user_name"]),
        seat,
    )
