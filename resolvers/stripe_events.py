"""The webhook inbox, for operators: service tokens with the scope `ops`."""

import structlog

from resolvers.context import Context, UnauthenticatedError
from resolvers.permissions import ForbiddenError
from services.pages import Page
from services.principals import OPS, ServicePrincipal
from services.record_views import StripeEventView
from services.refusals import ScopeRequired
from services.stripe_events import StripeEventListRequest

log = structlog.get_logger(__name__)


def is_operator(context: Context) -> bool:
    """Whether an operator's service asks."""
    principal = context.principal
    return isinstance(principal, ServicePrincipal) and OPS in principal.scopes


def require_operator(context: Context) -> None:
    """Raises `UnauthenticatedError` for who is signed out, `ForbiddenError` for all others."""
    if context.principal is None:
        raise UnauthenticatedError
    if not is_operator(context):
        raise ForbiddenError(ScopeRequired(OPS).message)


async def list_events(context: Context, request: StripeEventListRequest) -> Page[StripeEventView]:
    """A page of the inbox."""
    require_operator(context)
    return await context.services.stripe_events.list(request)


async def get(context: Context, event_id: str) -> StripeEventView | None:
    """An event, by Stripe's id. Whether the caller may see it was asked before."""
    return await context.services.stripe_events.get(event_id)


async def retry(context: Context, event_id: str) -> StripeEventView | None:
    """Let an event be fetched for again; the event as it stands now."""
    if context.principal is None:
        raise UnauthenticatedError
    if not is_operator(context):
        raise ScopeRequired(OPS)
    await context.services.stripe_events.retry(event_id)
    log.info("inbox.retried", event_id=event_id, by=context.principal.subject)
    return await context.services.stripe_events.get(event_id)
