"""The mutation convention: one `input`, one payload; results nullable, refusals in `errors`.

A mutation function returns a `Done`: the keys of what it made or changed. The payload's fields load
it by what is selected. A refusal that it raises, after its transaction was rolled back, becomes
`errors`; whatever else it raises is a fault, and masked.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any, Concatenate, ParamSpec
from uuid import UUID

import strawberry

from execution.selection import Selection
from resolvers import billing, changes, invitations, organizations, people, rate_limits
from schema.errors import Refused
from schema.fields import resolved
from schema.info import Info, selected
from services.billing_views import QuoteView
from services.global_ids import TenantKey
from services.limited_actions import LimitedAction
from services.record_views import StripeEventView
from services.refusals import Refusal
from services.views import (
    BillingSessionView,
    InvitationView,
    MemberView,
    OrganizationView,
    PendingChangeView,
    SeatUsage,
    SubscriptionView,
)

P = ParamSpec("P")


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The source of every payload. After a refusal only `errors` is there."""

    organization_id: UUID | None = None
    billing_session: TenantKey | None = None
    member: TenantKey | None = None
    invitation: TenantKey | None = None
    quote: TenantKey | None = None
    replaced_change: PendingChangeView | None = None
    stripe_event: StripeEventView | None = None
    gone_id: strawberry.ID | None = None
    """The id of what the caller can no longer see."""
    errors: list[Refused] | None = None


def mutation(
    function: Callable[Concatenate[Info, P], Awaitable[Done]],
    *,
    description: str,
    limited: LimitedAction | None = None,
) -> Any:
    """A mutation field whose refusals become `errors` of its payload.

    One that is `limited` as some action can be refused by `RateLimitedError`.
    """
    annotations = function.__annotations__
    of_input = strawberry.argument(description="What to do, and to what.")
    annotations["input"] = Annotated[annotations["input"], of_input]

    @wraps(function)
    async def refusing(info: Info, *args: P.args, **kwargs: P.kwargs) -> Any:
        try:
            if limited is not None:
                await rate_limits.require(info.context, limited)
            return await function(info, *args, **kwargs)
        except Refusal as refusal:
            info.context.note_refusal(refusal.code)
            return Done(errors=[Refused(refusal)])

    if limited is not None:
        description += " Refused when called too often."
    return resolved(refusing, description=description)


async def _organization(root: strawberry.Parent[Done], info: Info) -> OrganizationView | None:
    if root.organization_id is None:
        return None
    return await organizations.get(info.context, root.organization_id, selection=selected(info))


async def _billing_session(root: strawberry.Parent[Done], info: Info) -> BillingSessionView | None:
    if root.billing_session is None:
        return None
    return await billing.get_session(info.context, root.billing_session)


async def _member(root: strawberry.Parent[Done], info: Info) -> MemberView | None:
    return await people.get_member(info.context, root.member) if root.member else None


async def _invitation(root: strawberry.Parent[Done], info: Info) -> InvitationView | None:
    return await invitations.get(info.context, root.invitation) if root.invitation else None


async def _seat_usage(root: strawberry.Parent[Done], info: Info) -> SeatUsage | None:
    if root.organization_id is None:
        return None
    selection = Selection.of("seat_usage")
    found = await organizations.get(info.context, root.organization_id, selection=selection)
    return found.seat_usage if found else None


async def _quote(root: strawberry.Parent[Done], info: Info) -> QuoteView | None:
    return await changes.get_quote(info.context, root.quote) if root.quote else None


async def _subscription(root: strawberry.Parent[Done], info: Info) -> SubscriptionView | None:
    if root.organization_id is None:
        return None
    selection = Selection.of("subscription")
    found = await organizations.get(info.context, root.organization_id, selection=selection)
    return found.subscription if found else None


def quote_field() -> Any:
    """The quote that was asked for."""
    return resolved(_quote, description="The quote; null after a refusal.")


def subscription_field() -> Any:
    """The subscription that a mutation changed."""
    return resolved(
        _subscription, description="The subscription as it is now; null after a refusal."
    )


def replaced_change_field() -> Any:
    """The change that was pending before."""
    return strawberry.field(
        description="The change that was pending before, and is called off; null if there was none."
    )


def organization_field() -> Any:
    """The organization that a mutation made or changed."""
    return resolved(
        _organization, description="The organization as it is now; null after a refusal."
    )


def billing_session_field() -> Any:
    """The billing session that a mutation opened or asked about."""
    return resolved(_billing_session, description="The billing session; null after a refusal.")


def member_field() -> Any:
    """The member that a mutation made or acted on."""
    return resolved(_member, description="The member as they are now; null after a refusal.")


def invitation_field() -> Any:
    """The invitation that a mutation made or acted on."""
    return resolved(
        _invitation, description="The invitation as it stands now; null after a refusal."
    )


def seat_usage_field() -> Any:
    """How many seats there are since a mutation took or freed one."""
    return resolved(
        _seat_usage,
        description="The seats as they are now; null after a refusal. Seats that were bought stay"
        " bought: a seat that was freed is available.",
    )


def gone_field(*, description: str) -> Any:
    """The id of what a mutation ended."""

    def resolve(root: strawberry.Parent[Done]) -> strawberry.ID | None:
        return root.gone_id

    return resolved(resolve, description=f"{description} Null after a refusal.")


def errors_field() -> Any:
    """The refusals."""
    return strawberry.field(description="Why it was refused; null when it was done.")
