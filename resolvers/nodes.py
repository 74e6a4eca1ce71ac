"""Objects by their global id. What the viewer may not see does not exist (P2)."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from db.enums import SeatState
from execution.selection import Selection
from resolvers import organizations, stripe_events
from resolvers.context import Context
from services.global_ids import Key, TenantKey
from services.permissions import OrganizationAction, refusal_by_role
from services.record_views import StripeEventView
from services.views import OrganizationView, PlanView, PriceView, SubscriptionView, UserView

GetNode = Callable[[Context, Any, Selection], Awaitable[Any]]

VIEW_SUBSCRIPTION = Selection.of("subscription")


async def get(context: Context, type_name: str, key: Key, *, selection: Selection) -> Any:
    """The object, or None."""
    return await GETTERS[type_name](context, key, selection)


async def _organization(
    context: Context, key: UUID, selection: Selection
) -> OrganizationView | None:
    return await organizations.get(context, key, selection=selection)


async def _user(context: Context, key: UUID, _: Selection) -> UserView | None:
    return context.user if context.user.id == key else None


async def _plan(context: Context, key: str, _: Selection) -> PlanView | None:
    snapshot = await context.services.catalogue.snapshot()
    return snapshot.find_plan(key)


async def _price(context: Context, key: UUID, _: Selection) -> PriceView | None:
    snapshot = await context.services.catalogue.snapshot()
    return snapshot.price(key) if snapshot.has_price(key) else None


async def _member(context: Context, key: TenantKey, _: Selection) -> Any:
    organization = await organizations.get(context, key.organization_id, selection=Selection.EMPTY)
    if organization is None:
        return None
    theirs = key.id == organization.viewer.id  # seen also by who is locked out (P4)
    if not theirs and not _permitted(OrganizationAction.VIEW_MEMBERS, organization):
        return None
    member = await context.loaders.member.load(key)
    return member if member and member.removed_at is None else None


async def _seat(context: Context, key: TenantKey, _: Selection) -> Any:
    """The seat of a member is seen by who sees the member."""
    organization = await organizations.get(context, key.organization_id, selection=Selection.EMPTY)
    if organization is None or not _permitted(OrganizationAction.VIEW_MEMBERS, organization):
        return None
    seat = await context.loaders.seat.load(key)
    if seat is None or seat.state is SeatState.OCCUPIED:
        return seat
    return seat if _permitted(OrganizationAction.VIEW_BILLING, organization) else None


async def _seat_ledger_entry(context: Context, key: TenantKey, _: Selection) -> Any:
    if not await _may(context, OrganizationAction.VIEW_BILLING, key):
        return None
    return await context.loaders.seat_ledger_entry.load(key)


async def _invitation(context: Context, key: TenantKey, _: Selection) -> Any:
    if not await _may(context, OrganizationAction.VIEW_INVITATIONS, key):
        return None
    return await context.loaders.invitation.load(key)


async def _audit_event(context: Context, key: TenantKey, _: Selection) -> Any:
    if not await _may(context, OrganizationAction.VIEW_AUDIT_LOG, key):
        return None
    return await context.loaders.audit_event.load(key)


async def _billing_session(context: Context, key: TenantKey, _: Selection) -> Any:
    if not await _may(context, OrganizationAction.VIEW_BILLING, key):
        return None
    return await context.loaders.billing_session.load(key)


async def _invoice(context: Context, key: TenantKey, _: Selection) -> Any:
    if not await _may(context, OrganizationAction.VIEW_BILLING, key):
        return None
    return await context.loaders.invoice.load(key)


async def _quote(context: Context, key: TenantKey, _: Selection) -> Any:
    if not await _may(context, OrganizationAction.VIEW_BILLING, key):
        return None
    return await context.loaders.quote.load(key)


async def _subscription(context: Context, key: TenantKey, _: Selection) -> SubscriptionView | None:
    organization = await organizations.get(
        context, key.organization_id, selection=VIEW_SUBSCRIPTION
    )
    if organization is None or not _permitted(OrganizationAction.VIEW_BILLING, organization):
        return None
    subscription = organization.subscription
    return subscription if subscription and subscription.id == key.id else None


async def _stripe_event(context: Context, key: str, _: Selection) -> StripeEventView | None:
    return await stripe_events.get(context, key) if stripe_events.is_operator(context) else None


async def _may(context: Context, action: OrganizationAction, key: TenantKey) -> bool:
    organization = await organizations.get(context, key.organization_id, selection=Selection.EMPTY)
    return organization is not None and _permitted(action, organization)


def _permitted(action: OrganizationAction, organization: OrganizationView) -> bool:
    return refusal_by_role(action, organization.viewer) is None


GETTERS: dict[str, GetNode] = {
    "Organization": _organization,
    "User": _user,
    "Plan": _plan,
    "Price": _price,
    "Member": _member,
    "Seat": _seat,
    "SeatLedgerEntry": _seat_ledger_entry,
    "Invitation": _invitation,
    "AuditEvent": _audit_event,
    "Subscription": _subscription,
    "BillingSession": _billing_session,
    "Invoice": _invoice,
    "Quote": _quote,
    "StripeEvent": _stripe_event,
}
"""How each type is found. A type that is missing here is no node."""
