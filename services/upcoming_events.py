"""What will happen to an organization, and when, as far as it can be foreseen.

The dates are those that Stripe, the expiry sweep and the invitations go by: none is computed here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import auto

from db.enums import ENTITLED, InvitationStatus, SubscriptionStatus, Word
from services.views import InvitationView, OrganizationView, SubscriptionView


class UpcomingEventKind(Word):
    """What will happen."""

    RENEWAL = auto()
    TRIAL_END = auto()
    CHANGE = auto()
    PENDING_PAYMENT_EXPIRY = auto()
    CANCELLATION = auto()
    DEACTIVATION = auto()
    INVITATION_EXPIRY = auto()


@dataclass(frozen=True, slots=True)
class UpcomingEvent:
    """One of them. `invitation` is the one that expires."""

    kind: UpcomingEventKind
    at: datetime
    invitation: InvitationView | None = None


def upcoming_events(
    organization: OrganizationView,
    invitations: Iterable[InvitationView],
    *,
    now: datetime,
) -> list[UpcomingEvent]:
    """The soonest first. The organization's `subscription` and `access` have to be loaded."""
    found = [*_of_subscription(organization.subscription)] if organization.subscription else []
    if deactivates_at := organization.access.deactivates_at:
        found.append(UpcomingEvent(UpcomingEventKind.DEACTIVATION, deactivates_at))
    found += [
        UpcomingEvent(UpcomingEventKind.INVITATION_EXPIRY, one.expires_at, one)
        for one in invitations
        if one.status is InvitationStatus.PENDING
    ]
    return sorted((one for one in found if one.at > now), key=lambda one: (one.at, one.kind))


def _of_subscription(subscription: SubscriptionView) -> Iterator[UpcomingEvent]:
    if subscription.status not in ENTITLED:
        return
    if subscription.ends_at is not None:
        yield UpcomingEvent(UpcomingEventKind.CANCELLATION, subscription.ends_at)
    elif subscription.status is SubscriptionStatus.TRIALING:
        yield UpcomingEvent(UpcomingEventKind.TRIAL_END, subscription.current_period_end)
    else:
        yield UpcomingEvent(UpcomingEventKind.RENEWAL, subscription.current_period_end)
    change = subscription.pending_change
    if change and change.effective_at:
        yield UpcomingEvent(UpcomingEventKind.CHANGE, change.effective_at)
    if change and change.expires_at:
        yield UpcomingEvent(UpcomingEventKind.PENDING_PAYMENT_EXPIRY, change.expires_at)
