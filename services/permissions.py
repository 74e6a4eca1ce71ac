"""Who may do what: one table, asked by mutations, guarded fields and `viewerCan` alike (P3-P5)."""

from dataclasses import dataclass
from enum import auto

from db.enums import DeactivationReason, MemberRole, MemberStatus, Word
from services.refusals import (
    AlreadySubscribed,
    MemberDeactivated,
    NoBillingAccount,
    NotPermitted,
    Refusal,
)
from services.views import SubscriptionView

EVERYONE = (MemberRole.OWNER, MemberRole.ADMIN, MemberRole.COLLABORATOR)
OWNER_AND_ADMIN = (MemberRole.OWNER, MemberRole.ADMIN)


class OrganizationAction(Word):
    """What somebody may want to do in an organization."""

    VIEW_MEMBERS = auto()
    VIEW_BILLING = auto()
    UPDATE_ORGANIZATION = auto()
    SELECT_PLAN = auto()
    OPEN_BILLING_PORTAL = auto()


PERMITTED_ROLES: dict[OrganizationAction, tuple[MemberRole, ...]] = {
    OrganizationAction.VIEW_MEMBERS: EVERYONE,
    OrganizationAction.VIEW_BILLING: OWNER_AND_ADMIN,
    OrganizationAction.UPDATE_ORGANIZATION: OWNER_AND_ADMIN,
    OrganizationAction.SELECT_PLAN: OWNER_AND_ADMIN,
    OrganizationAction.OPEN_BILLING_PORTAL: OWNER_AND_ADMIN,
}


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


def refusal_by_role(action: OrganizationAction, membership: Membership) -> Refusal | None:
    """Why this member may never do it as things stand with them; None when they may."""
    if membership.status is MemberStatus.DEACTIVATED:
        assert membership.deactivation_reason is not None
        return MemberDeactivated(membership.deactivation_reason)
    roles = PERMITTED_ROLES[action]
    return None if membership.role in roles else NotPermitted(membership.role, roles)


def refusal_by_situation(action: OrganizationAction, situation: Situation) -> Refusal | None:
    """Why nobody can do it now; None when it can be done."""
    if action is OrganizationAction.SELECT_PLAN and situation.living_subscription:
        return AlreadySubscribed(situation.living_subscription)
    if action is OrganizationAction.OPEN_BILLING_PORTAL and not situation.has_billing_account:
        return NoBillingAccount()
    return None


def require(action: OrganizationAction, membership: Membership) -> None:
    """Raise the refusal that the member's role or status calls for."""
    if refusal := refusal_by_role(action, membership):
        raise refusal
