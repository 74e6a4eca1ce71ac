"""Seats: reading the ledger. Who may see it is the resolvers' question."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from db import seats
from db.database import Database, Row
from db.enums import (
    DeactivationReason,
    InvitationStatus,
    MemberRole,
    MemberStatus,
    SeatState,
)
from services.clock import Clock
from services.global_ids import TenantKey
from services.lists import list_for_each
from services.pages import Page, PageRequest, encode_cursor
from services.views import InvitationView, MemberView, SeatView, UserView


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
    holder = _invitation(row) if row["member_id"] is None else _member(row, seat)
    return SeatView(seat.organization_id, seat.id, seat.number, seat.state, seat.since, holder)


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


def _invitation(row: Row) -> InvitationView:
    return InvitationView(
        row["organization_id"],
        row["invitation_id"],
        row["invitation_email"],
        MemberRole(row["invitation_role"]),
        InvitationStatus(row["invitation_status"]),
        row["invitation_created_at"],
        row["invitation_expires_at"],
    )
