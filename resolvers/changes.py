"""Changing and cancelling: through which service."""

from uuid import UUID

from db.enums import CancellationFeedback
from resolvers.context import Context
from services.billing_views import QuoteView
from services.change_planning import ChangeRequest
from services.change_refusals import QuoteNotFound
from services.global_ids import TenantKey
from services.plan_changes import ChangeOutcome


async def quote(context: Context, organization_id: UUID, request: ChangeRequest) -> UUID:
    """Price a change; the id of the quote."""
    return await context.services.quotes.quote(
        organization_id, request, viewer=context.user, actor=context.actor
    )


async def get_quote(context: Context, key: TenantKey) -> QuoteView | None:
    """A quote that the caller just asked for."""
    return await context.loaders.quote.load(key)


async def change(
    context: Context,
    organization_id: UUID,
    request: ChangeRequest,
    *,
    quote_id: TenantKey | None,
    return_url: str | None,
    idempotency_key: str | None,
) -> ChangeOutcome:
    """Make a change, or the one that a quote is for."""
    if quote_id is not None and quote_id.organization_id != organization_id:
        raise QuoteNotFound
    return await context.services.plan_changes.change(
        organization_id,
        request,
        quote_id=quote_id.id if quote_id else None,
        return_url=return_url,
        viewer=context.user,
        actor=context.actor,
        idempotency_key=idempotency_key,
    )


async def call_off(context: Context, organization_id: UUID) -> None:
    """Call off what is pending."""
    await context.services.cancellations.call_off_change(
        organization_id, viewer=context.user, actor=context.actor
    )


async def cancel(
    context: Context,
    organization_id: UUID,
    *,
    feedback: CancellationFeedback | None,
    comment: str | None,
) -> None:
    """Let the subscription end."""
    await context.services.cancellations.cancel(
        organization_id,
        feedback=feedback,
        comment=comment,
        viewer=context.user,
        actor=context.actor,
    )


async def resume(context: Context, organization_id: UUID) -> None:
    """Undo a cancellation."""
    await context.services.cancellations.resume(
        organization_id, viewer=context.user, actor=context.actor
    )
