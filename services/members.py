"""Members: reading them. Who may see them is the resolvers' question."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import auto
from uuid import UUID

from db import members
from db.database import Database, Row
from db.enums import DeactivationReason, MemberRole, MemberStatus, SeatState, Word
from services.global_ids import TenantKey
from services.lists import list_for_each
from services.pages import Page, PageRequest, encode_cursor
from services.views import MemberView, SeatView, UserView

_ROLES = dict(MemberRole.__members__)
_STATUSES = dict(MemberStatus.__members__)
_SEAT_STATES = dict(SeatState.__members__)
"""Words by their text: to call an enum takes ten times as long, and a page has hundreds of them."""


class MemberOrder(Word):
    """In which order members are listed. Both are one index, so that no page is slower."""

    JOINED_FIRST = auto()
    JOINED_LAST = auto()


@dataclass(frozen=True, slots=True)
class MemberListRequest:
    """A page of members, filtered; `search` is contained in name or e-mail, case ignored."""

    page: PageRequest
    role: MemberRole | None = None
    status: MemberStatus | None = None
    search: str | None = None
    order: MemberOrder = MemberOrder.JOINED_FIRST

    @property
    def filters(self) -> members.MemberFilter:
        """Which filters there are."""
        return members.MemberFilter(
            role=self.role is not None, status=self.status is not None, search=bool(self.search)
        )


class MemberService:
    """Reads of members, batched over organizations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_for_each(
        self, organization_ids: Sequence[UUID], request: MemberListRequest
    ) -> list[Page[MemberView]]:
        """A page for each organization."""
        values = {
            "role": request.role,
            "status": request.status,
            "pattern": members.like_pattern(request.search or ""),
        }
        return await list_for_each(
            self._database,
            organization_ids,
            request.page,
            page=members.page(
                request.filters,
                after=request.page.after is not None,
                descending=request.order is MemberOrder.JOINED_LAST,
            ),
            count=members.count(request.filters),
            view_of=member_view,
            cursor_of=lambda member: encode_cursor(member.joined_at, member.id),
            **values,
        )

    async def get_many(self, keys: Sequence[TenantKey]) -> dict[TenantKey, MemberView]:
        """The members of these keys that there are, former ones too."""
        rows = await self._database.fetch(
            members.BY_IDS,
            organization_ids=[key.organization_id for key in keys],
            ids=[key.id for key in keys],
        )
        views = [member_view(row) for row in rows]
        return {TenantKey(view.organization_id, view.id): view for view in views}

    async def get_memberships(
        self, organization_ids: Sequence[UUID], *, user_id: UUID
    ) -> dict[UUID, MemberView]:
        """The user's memberships, by organization."""
        rows = await self._database.fetch(
            members.BY_USER, organization_ids=list(organization_ids), user_id=user_id
        )
        return {row["organization_id"]: member_view(row) for row in rows}


def member_view(row: Row) -> MemberView:
    """The member of a row of `db.members`."""
    reason = row["deactivation_reason"]
    return MemberView(
        row["organization_id"],
        row["id"],
        _ROLES[row["role"]],
        _STATUSES[row["status"]],
        DeactivationReason(reason) if reason else None,
        row["deactivated_at"],
        row["joined_at"],
        UserView(row["user_id"], row["email"], row["name"]),
        held_seat(row, row["organization_id"]),
        row["removed_at"],
    )


def held_seat(row: Row, organization_id: UUID) -> SeatView | None:
    """The seat that `db.members.with_seat` found beside a member."""
    if row["seat_id"] is None:
        return None
    return SeatView(
        organization_id,
        row["seat_id"],
        row["seat_number"],
        _SEAT_STATES[row["seat_state"]],
        row["seat_began_at"],
    )
