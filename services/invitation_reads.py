"""Invitations: reading them. Who may see them is the resolvers' question."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from db import invitations
from db.database import Database, Row
from db.enums import InvitationStatus, MemberRole
from services.clock import Clock
from services.global_ids import TenantKey
from services.invitation_tokens import hash_of
from services.lists import list_for_each
from services.pages import Page, PageRequest, encode_cursor
from services.views import InvitationView, UserView


@dataclass(frozen=True, slots=True)
class InvitationListRequest:
    """A page of invitations, filtered by how they stand now."""

    page: PageRequest
    status: InvitationStatus | None = None


class InvitationReads:
    """Reads of invitations, batched over organizations."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def list_for_each(
        self, organization_ids: Sequence[UUID], request: InvitationListRequest
    ) -> list[Page[InvitationView]]:
        """A page for each organization, newest first."""
        of_status = request.status is not None
        return await list_for_each(
            self._database,
            organization_ids,
            request.page,
            page=invitations.page(of_status=of_status, after=request.page.after is not None),
            count=invitations.count(of_status=of_status),
            view_of=_view,
            cursor_of=lambda invitation: encode_cursor(invitation.created_at, invitation.id),
            status=request.status,
            now=self._clock.now(),
        )

    async def get_many(self, keys: Sequence[TenantKey]) -> dict[TenantKey, InvitationView]:
        """The invitations of these keys that there are."""
        rows = await self._database.fetch(
            invitations.BY_IDS,
            organization_ids=[key.organization_id for key in keys],
            ids=[key.id for key in keys],
            now=self._clock.now(),
        )
        return {TenantKey(row["organization_id"], row["id"]): _view(row) for row in rows}

    async def get_by_token(self, token: str) -> InvitationView | None:
        """The invitation that a mail's token opens, however it stands; None for another token."""
        row = await self._database.fetch_row(
            invitations.BY_TOKEN, token_hash=hash_of(token), now=self._clock.now()
        )
        return _view(row) if row else None


def _view(row: Row) -> InvitationView:
    return InvitationView(
        row["organization_id"],
        row["id"],
        row["email"],
        MemberRole(row["role"]),
        InvitationStatus(row["status"]),
        row["created_at"],
        row["sent_at"],
        row["expires_at"],
        row["delivery_failure"],
        row["organization_name"],
        row["organization_display_name"],
        UserView(row["user_id"], row["user_email"], row["user_name"]),
    )
