"""Billing: who may ask, and through which service."""

from uuid import UUID

from resolvers.context import Context
from services.billing_portal import PortalFlow
from services.global_ids import TenantKey
from services.plan_choices import PlanChoice
from services.refusals import BillingSessionNotFound
from services.views import BillingSessionView


async def select_plan(
    context: Context, organization_id: UUID, choice: PlanChoice, *, idempotency_key: str | None
) -> UUID:
    """Open a checkout; the id of its billing session."""
    return await context.services.billing.select_plan(
        organization_id,
        choice,
        viewer=context.user,
        actor=context.actor,
        idempotency_key=idempotency_key,
    )


async def sync_billing_session(context: Context, key: TenantKey) -> None:
    """Ask Stripe now how things stand."""
    user = context.user
    await context.services.billing.sync(key.organization_id, viewer=user)
    if await context.loaders.billing_session.load(key) is None:
        raise BillingSessionNotFound


async def open_portal(
    context: Context, organization_id: UUID, *, flow: PortalFlow, return_url: str | None
) -> UUID:
    """Open Stripe's portal; the id of its billing session."""
    return await context.services.billing_portal.open(
        organization_id,
        flow=flow,
        return_url=return_url,
        viewer=context.user,
        actor=context.actor,
    )


async def get_session(context: Context, key: TenantKey) -> BillingSessionView | None:
    """A billing session that the caller just opened or asked about."""
    return await context.loaders.billing_session.load(key)
