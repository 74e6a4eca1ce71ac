"""A member who acts in their organization: one transaction under the organization's lock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from db import acting as rows
from db.acting import CurrentMember, LockedOrganization
from db.database import Database, Transaction
from db.enums import SeatEnding
from db.models import Invitation
from services import audit
from services.actors import Actor
from services.catalogue import Catalogue, CatalogueSnapshot
from services.clock import Clock
from services.people_refusals import ActingOnYourself, MemberNotFound
from services.permissions import OrganizationAction, require, require_target
from services.refusals import OrganizationNotFound
from services.seat_ledger import SeatLedger, record_expired
from services.views import UserView

_TARGETS = {CurrentMember: "Member", Invitation: "Invitation", LockedOrganization: "Organization"}


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts, and where. The organization's row is locked until the transaction ends."""

    transaction: Transaction
    organization: LockedOrganization
    member: CurrentMember
    viewer: UserView
    actor: Actor
    snapshot: CatalogueSnapshot
    now: datetime
    target: CurrentMember | None
    """The member named when it began, if there is one."""

    async def open_ledger(self) -> SeatLedger:
        """The organization's seats."""
        return await SeatLedger.open(
            self.transaction, self.organization.id, snapshot=self.snapshot, now=self.now
        )

    def require_target(self, member_id: UUID) -> CurrentMember:
        """The other member on whom this one wants to act; or the refusal (P3)."""
        if member_id == self.member.id:
            raise ActingOnYourself
        if self.target is None:
            raise MemberNotFound
        require_target(self.member, self.target.role)
        return self.target

    async def end_membership(self, member: CurrentMember, *, reason: SeatEnding) -> None:
        """Remove a member; their seat is free at once. What has run out is closed as well, as when
        the ledger is opened.
        """
        expired = await rows.end_membership(
            self.transaction, self.organization.id, member.id, reason=reason, now=self.now
        )
        record_expired(self.transaction, self.organization.id, expired)

    async def change(self, member: CurrentMember, **columns: Any) -> None:
        """Give columns of a member other values."""
        await rows.change_member(self.transaction, self.organization.id, member.id, **columns)

    def record(
        self,
        action: str,
        target: CurrentMember | Invitation | LockedOrganization,
        *,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
    ) -> None:
        """Write down what was done to whom."""
        audit.record(
            self.transaction,
            self.organization.id,
            actor=self.actor,
            action=action,
            target=(_TARGETS[type(target)], target.id),
            at=self.now,
            before=before,
            after=after,
        )

    def announce(self, *changes: str) -> None:
        """Tell live subscribers."""
        self.transaction.announce(self.organization.id, *changes)


class Acts:
    """Begins the transactions of members."""

    def __init__(self, database: Database, clock: Clock, catalogue: Catalogue) -> None:
        self._database = database
        self._clock = clock
        self._catalogue = catalogue

    @asynccontextmanager
    async def begin(
        self,
        organization_id: UUID,
        action: OrganizationAction,
        *,
        viewer: UserView,
        actor: Actor,
        target_id: UUID | None = None,
    ) -> AsyncIterator[Acting]:
        """A transaction in which the viewer does `action`, to a member; commits at the end.

        Raises `OrganizationNotFound`, or the refusal of the viewer's role or status. The time is
        read after the lock is held, so that the ledger's moments follow each other.
        """
        snapshot = await self._catalogue.snapshot()
        async with self._database.begin() as transaction:
            found = await rows.lock(
                transaction, organization_id, user_id=viewer.id, member_id=target_id
            )
            if found is None:
                raise OrganizationNotFound
            organization, member, target = found
            require(action, member)
            now = self._clock.now()
            yield Acting(transaction, organization, member, viewer, actor, snapshot, now, target)
