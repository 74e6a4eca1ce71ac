"""What a team does about its members: roles, leaving, locking out and letting in again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from db.acting import CurrentMember
from db.enums import DeactivationReason, MemberRole, MemberStatus, SeatBeginning, SeatEnding
from services.acting import Acting, Acts
from services.actors import Actor
from services.global_ids import TenantKey, encode
from services.people_refusals import MemberNotActive
from services.permissions import OrganizationAction, require_target
from services.views import UserView


class MembershipService:
    """Each method is one transaction. What is so already is done already: nothing is refused."""

    def __init__(self, acts: Acts) -> None:
        self._acts = acts

    async def change_role(
        self, key: TenantKey, role: MemberRole, *, viewer: UserView, actor: Actor
    ) -> None:
        """Give a member another role; OWNER is transferred instead."""
        action = OrganizationAction.CHANGE_MEMBER_ROLE
        async with self._acting_on(key, action, viewer=viewer, actor=actor) as (acting, member):
            require_target(acting.member, role)
            if member.role is role:
                return
            await acting.change(member, role=role)
            before, after = {"role": member.role}, {"role": role}
            acting.record("member.role_changed", member, before=before, after=after)
            acting.announce("MEMBERS")

    async def remove(self, key: TenantKey, *, viewer: UserView, actor: Actor) -> None:
        """End a membership; the seat is free at once, whatever billing says (S3)."""
        action = OrganizationAction.REMOVE_MEMBER
        async with self._acting_on(key, action, viewer=viewer, actor=actor) as (acting, member):
            await _end(acting, member, SeatEnding.MEMBER_REMOVED)
            acting.record("member.removed", member, before={"role": member.role})

    async def leave(self, organization_id: UUID, *, viewer: UserView, actor: Actor) -> None:
        """End the viewer's own membership. The owner transfers the organization first."""
        action = OrganizationAction.LEAVE_ORGANIZATION
        async with self._acts.begin(organization_id, action, viewer=viewer, actor=actor) as acting:
            await _end(acting, acting.member, SeatEnding.MEMBER_LEFT)
            acting.record("member.left", acting.member, before={"role": acting.member.role})

    async def deactivate(self, key: TenantKey, *, viewer: UserView, actor: Actor) -> None:
        """Lock a member out until `reactivate` (B3); the seat is free at once."""
        action, reason = OrganizationAction.DEACTIVATE_MEMBER, DeactivationReason.BY_ADMIN
        async with self._acting_on(key, action, viewer=viewer, actor=actor) as (acting, member):
            if member.deactivation_reason is reason:
                return
            before = member.deactivation_reason
            await acting.change(
                member,
                status=MemberStatus.DEACTIVATED,
                deactivation_reason=reason,
                deactivated_at=member.deactivated_at or acting.now,
            )
            ledger = await acting.open_ledger()
            await ledger.free_member(member.id, reason=SeatEnding.MEMBER_DEACTIVATED)
            acting.record(
                "member.deactivated", member, before={"reason": before}, after={"reason": reason}
            )
            acting.announce("MEMBERS", "SEATS")

    async def reactivate(self, key: TenantKey, *, viewer: UserView, actor: Actor) -> None:
        """Let a member in again, if there is a seat."""
        action = OrganizationAction.REACTIVATE_MEMBER
        async with self._acting_on(key, action, viewer=viewer, actor=actor) as (acting, member):
            if member.status is MemberStatus.ACTIVE:
                return
            ledger = await acting.open_ledger()
            await ledger.require_seat()
            await acting.change(
                member, status=MemberStatus.ACTIVE, deactivation_reason=None, deactivated_at=None
            )
            await ledger.occupy(member.id, reason=SeatBeginning.MEMBER_REACTIVATED)
            before = {"reason": member.deactivation_reason}
            acting.record("member.reactivated", member, before=before)
            acting.announce("MEMBERS", "SEATS")

    async def transfer_ownership(self, key: TenantKey, *, viewer: UserView, actor: Actor) -> None:
        """Make an active member the owner; the owner until now becomes an admin.

        The billing address stays: Stripe's customer is the organization's, not a person's.
        """
        action = OrganizationAction.TRANSFER_OWNERSHIP
        async with self._acting_on(key, action, viewer=viewer, actor=actor) as (acting, member):
            if member.status is not MemberStatus.ACTIVE:
                raise MemberNotActive
            await acting.change(acting.member, role=MemberRole.ADMIN)  # never are there two owners
            await acting.change(member, role=MemberRole.OWNER)
            acting.record(
                "organization.transferred",
                acting.organization,
                before={"ownerId": encode("Member", key.organization_id, acting.member.id)},
                after={"ownerId": encode("Member", key.organization_id, member.id)},
            )
            acting.announce("MEMBERS")

    @asynccontextmanager
    async def _acting_on(
        self, key: TenantKey, action: OrganizationAction, *, viewer: UserView, actor: Actor
    ) -> AsyncIterator[tuple[Acting, CurrentMember]]:
        async with self._acts.begin(
            key.organization_id, action, viewer=viewer, actor=actor, target_id=key.id
        ) as acting:
            yield acting, acting.require_target(key.id)


async def _end(acting: Acting, member: CurrentMember, reason: SeatEnding) -> None:
    await acting.end_membership(member, reason=reason)
    acting.announce("MEMBERS", "SEATS")
