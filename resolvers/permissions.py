"""What the viewer may see and do, from the one table (`services/permissions.py`)."""

from dataclasses import dataclass

from db.enums import DEAD
from services.permissions import (
    OrganizationAction,
    Situation,
    refusal_by_role,
    refusal_by_situation,
)
from services.refusals import RefusalCode
from services.views import MemberView, OrganizationView


@dataclass(frozen=True, slots=True)
class Capability:
    """Whether an action can be done now; if not, why, and what would help."""

    allowed: bool
    reason: RefusalCode | None = None
    resolution: str | None = None


class ForbiddenError(Exception):
    """The viewer may not see a field; it is null, and its parent is not (P6)."""


def require_permitted(action: OrganizationAction, member: MemberView) -> None:
    """`ForbiddenError` unless the viewer's role and status permit `action`."""
    if refusal := refusal_by_role(action, member):
        raise ForbiddenError(refusal.message)


def capability(action: OrganizationAction, organization: OrganizationView) -> Capability:
    """Whether the viewer can do `action` in the organization now."""
    subscription = organization.subscription
    living = subscription if subscription and subscription.status not in DEAD else None
    situation = Situation(living, organization.has_billing_account, organization.seats)
    refusal = refusal_by_role(action, organization.viewer) or refusal_by_situation(
        action, situation
    )
    if refusal is None:
        return Capability(allowed=True)
    return Capability(allowed=False, reason=refusal.code, resolution=refusal.message)
