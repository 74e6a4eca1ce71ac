"""Who may do what: one table, asked by mutations, guarded fields and `viewerCan` alike (P3-P5)."""

from dataclasses import dataclass
from enum import auto

from db.enums import DeactivationReason, MemberRole, MemberStatus, Word
from services.people_refusals import OwnerProtected
from services.refusals import (
    AlreadySubscribed,
    MemberDeactivated,
    NoBillingAccount,
    NotPermitted,
    Refusal,
)
from services.seat_limit import SeatSituation, seat_refusal
from services.views import SubscriptionView

EVERYONE = (MemberRole.OWNER, MemberRole.ADMIN, MemberRole.COLLABORATOR)
OWNER_AND_ADMIN = (MemberRole.OWNER, MemberRole.ADMIN)


class OrganizationAction(Word):
    """What somebody may want to do in an organization."""

    VIEW_MEMBERS = auto()
    VIEW_BILLING = auto()
    VIEW_INVITATIONS = auto()
    VIEW_AUDIT_LOG = auto()
    UPDATE_ORGANIZATION = auto()
    SELECT_PLAN = auto()
    OPEN_BILLING_PORTAL = auto()
    INVITE_MEMBER = auto()
    RESEND_INVITATION = auto()
    CANCEL_INVITATION = auto()
    CHANGE_MEMBER_ROLE = auto()
    REMOVE_MEMBER = auto()
    DEACTIVATE_MEMBER = auto()
    REACTIVATE_MEMBER = auto()
    LEAVE_ORGANIZATION = auto()
    TRANSFER_OWNERSHIP = auto()
    DELETE_ORGANIZATION = auto()


PERMITTED_ROLES: dict[OrganizationAction, tuple[MemberRole, ...]] = {
    OrganizationAction.VIEW_MEMBERS: EVERYONE,
    OrganizationAction.VIEW_BILLING: OWNER_AND_ADMIN,
    OrganizationAction.VIEW_INVITATIONS: OWNER_AND_ADMIN,
    OrganizationAction.VIEW_AUDIT_LOG: OWNER_AND_ADMIN,
    OrganizationAction.UPDATE_ORGANIZATION: OWNER_AND_ADMIN,
    OrganizationAction.SELECT_PLAN: OWNER_AND_ADMIN,
    OrganizationAction.OPEN_BILLING_PORTAL: OWNER_AND_ADMIN,
    OrganizationAction.INVITE_MEMBER: OWNER_AND_ADMIN,
    OrganizationAction.RESEND_INVITATION: OWNER_AND_ADMIN,
    OrganizationAction.CANCEL_INVITATION: OWNER_AND_ADMIN,
    OrganizationAction.CHANGE_MEMBER_ROLE: OWNER_AND_ADMIN,
    OrganizationAction.REMOVE_MEMBER: OWNER_AND_ADMIN,
    OrganizationAction.DEACTIVATE_MEMBER: OWNER_AND_ADMIN,
    OrganizationAction.REACTIVATE_MEMBER: OWNER_AND_ADMIN,
    OrganizationAction.LEAVE_ORGANIZATION: (MemberRole.ADMIN, MemberRole.COLLABORATOR),
    OrganizationAction.TRANSFER_OWNERSHIP: (MemberRole.OWNER,),
    OrganizationAction.DELETE_ORGANIZATION: (MemberRole.OWNER,),
}

ACTS_ON: dict[MemberRole, tuple[MemberRole, ...]] = {
    MemberRole.OWNER: (MemberRole.ADMIN, MemberRole.COLLABORATOR),
    MemberRole.ADMIN: (MemberRole.COLLABORATOR,),
    MemberRole.COLLABORATOR: (),
}
"""Whom a role may act on, and which roles it may give: only the owner decides who is an admin."""

TAKES_A_SEAT = frozenset({OrganizationAction.INVITE_MEMBER, OrganizationAction.REACTIVATE_MEMBER})
"""The actions for which somebody new needs a seat."""


@dataclass(frozen=True, slots=True)
class Membership:
    """What the table looks at: the caller's role and status."""

    role: MemberRole
    status: MemberStatus
    deactivation_reason: DeactivationReason | None


@dataclass(frozen=True, slots=True)
class Situation:
    """What else decides whether an action can be done now."""

    living_subscription: SubscriptionView | None
    has_billing_account: bool
    seats: SeatSituation


def refusal_by_role(action: OrganizationAction, membership: Membership) -> Refusal | None:
    """Why this member may never do it as things stand with them; None when they may."""
    if membership.status is MemberStatus.DEACTIVATED:
        assert membership.deactivation_reason is not None
        return MemberDeactivated(membership.deactivation_reason)
    roles = PERMITTED_ROLES[action]
    if membership.role in roles:
        return None
    if action is OrganizationAction.LEAVE_ORGANIZATION:
        return OwnerProtected()
    return NotPermitted(membership.role, roles)


def refusal_by_target(membership: Membership, target: MemberRole) -> Refusal | None:
    """Why this member may not act on somebody of the role `target`, or give that role (P3)."""
    if target is MemberRole.OWNER:
        return OwnerProtected()
    roles = tuple(role for role, targets in ACTS_ON.items() if target in targets)
    return None if membership.role in roles else NotPermitted(membership.role, roles)


def refusal_by_situation(action: OrganizationAction, situation: Situation) -> Refusal | None:
    """Why nobody can do it now; None when it can be done."""
    if action is OrganizationAction.SELECT_PLAN and situation.living_subscription:
        return AlreadySubscribed(situation.living_subscription)
    if action is OrganizationAction.OPEN_BILLING_PORTAL and not situation.has_billing_account:
        return NoBillingAccount()
    return seat_refusal(situation.seats) if action in TAKES_A_SEAT else None


def require(action: OrganizationAction, membership: Membership) -> None:
    """Raise the refusal that the member's role or status calls for."""
    if refusal := refusal_by_role(action, membership):
        raise refusal


def require_target(membership: Membership, target: MemberRole) -> None:
    """Raise the refusal that the role of the person acted on calls for."""
    if refusal := refusal_by_target(membership, target):
        raise refusal
