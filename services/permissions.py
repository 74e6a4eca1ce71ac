"""Who may do what: one table, asked by mutations, guarded fields and `viewerCan` alike (P3-P5)."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import auto
from typing import Protocol

from db.enums import DeactivationReason, MemberRole, MemberStatus, SubscriptionStatus, Word
from services.change_refusals import (
    CancellationScheduled,
    NoPendingChange,
    NotCancelling,
    NotSubscribed,
    PaymentRequired,
)
from services.people_refusals import OwnerProtected
from services.refusals import (
    AlreadySubscribed,
    MemberDeactivated,
    NoBillingAccount,
    NotPermitted,
    Refusal,
)
from services.seat_limit import OWING, SeatSituation, seat_refusal
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
    CHANGE_PLAN = auto()
    CANCEL_PENDING_CHANGE = auto()
    CANCEL_SUBSCRIPTION = auto()
    RESUME_SUBSCRIPTION = auto()
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
    OrganizationAction.CHANGE_PLAN: OWNER_AND_ADMIN,
    OrganizationAction.CANCEL_PENDING_CHANGE: OWNER_AND_ADMIN,
    OrganizationAction.CANCEL_SUBSCRIPTION: OWNER_AND_ADMIN,
    OrganizationAction.RESUME_SUBSCRIPTION: OWNER_AND_ADMIN,
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

CHANGEABLE = frozenset({SubscriptionStatus.TRIALING, SubscriptionStatus.ACTIVE})
"""Statuses in which it can be changed; in the other living ones a payment comes first (B5)."""

TAKES_A_SEAT = frozenset({OrganizationAction.INVITE_MEMBER, OrganizationAction.REACTIVATE_MEMBER})
"""The actions for which somebody new needs a seat."""


class Membership(Protocol):
    """What the table looks at: the caller's role and status, as a member's row or view has them."""

    @property
    def role(self) -> MemberRole:
        """What they may do."""

    @property
    def status(self) -> MemberStatus:
        """Whether they may use the organization."""

    @property
    def deactivation_reason(self) -> DeactivationReason | None:
        """Why they are locked out."""


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
    if action is OrganizationAction.OPEN_BILLING_PORTAL and not situation.has_billing_account:
        return NoBillingAccount()
    if action in TAKES_A_SEAT:
        return seat_refusal(situation.seats)
    return subscription_refusal(action, situation.living_subscription)


def subscription_refusal(
    action: OrganizationAction, living: SubscriptionView | None
) -> Refusal | None:
    """Why the subscription, as it stands, does not let it be bought, changed or ended (B5-B7)."""
    if action is OrganizationAction.SELECT_PLAN:
        return _refusal_to_buy(living)
    if action not in _BY_SUBSCRIPTION:
        return None
    return _BY_SUBSCRIPTION[action](living) if living else NotSubscribed()


def _refusal_to_buy(living: SubscriptionView | None) -> Refusal | None:
    if living is None:
        return None
    if living.status in OWING:
        return PaymentRequired(living, _pay_url(living))
    return AlreadySubscribed(living)


def _refusal_to_change(living: SubscriptionView) -> Refusal | None:
    if living.status not in CHANGEABLE:
        return PaymentRequired(living, _pay_url(living))
    return CancellationScheduled(living.ends_at) if living.ends_at else None


def _pay_url(subscription: SubscriptionView) -> str | None:
    return subscription.payment_issue.pay_url if subscription.payment_issue else None


_BY_SUBSCRIPTION: dict[OrganizationAction, Callable[[SubscriptionView], Refusal | None]] = {
    OrganizationAction.CHANGE_PLAN: _refusal_to_change,
    OrganizationAction.CANCEL_PENDING_CHANGE: lambda living: (
        None if living.pending_change else NoPendingChange()
    ),
    OrganizationAction.CANCEL_SUBSCRIPTION: lambda _: None,
    OrganizationAction.RESUME_SUBSCRIPTION: lambda living: (
        None if living.ends_at else NotCancelling()
    ),
}
"""What a living subscription says to the actions that need one."""


def require(action: OrganizationAction, membership: Membership) -> None:
    """Raise the refusal that the member's role or status calls for."""
    if refusal := refusal_by_role(action, membership):
        raise refusal


def require_target(membership: Membership, target: MemberRole) -> None:
    """Raise the refusal that the role of the person acted on calls for."""
    if refusal := refusal_by_target(membership, target):
        raise refusal
