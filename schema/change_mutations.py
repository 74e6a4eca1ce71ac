"""Mutations that change a subscription: quote, change, call off."""

from typing import Annotated

import strawberry

from db.enums import BillingInterval
from resolvers import changes
from schema.billing_sessions import BillingSession
from schema.change_errors import (
    CancellationScheduledError,
    NoPendingChangeError,
    NothingToChangeError,
    NotSubscribedError,
    PaymentFailedError,
    PaymentRequiredError,
    QuoteExpiredError,
    QuoteNotFoundError,
    QuoteOutdatedError,
)
from schema.errors import (
    BillingUnavailableError,
    IdempotencyKeyReusedError,
    InvalidInputError,
    MemberDeactivatedError,
    NotPermittedError,
    OrganizationNotFoundError,
    PriceNotAvailableError,
    RateLimitedError,
    ReturnURLNotAllowedError,
    SeatsBelowUsageError,
    SeatsOutOfRangeError,
    UnknownPlanError,
)
from schema.info import Info
from schema.node import input_key
from schema.organizations import Organization
from schema.payloads import (
    Done,
    billing_session_field,
    errors_field,
    mutation,
    organization_field,
    quote_field,
    replaced_change_field,
    subscription_field,
)
from schema.payments import PendingChange
from schema.quotes import Quote
from schema.scalars import URL
from schema.subscriptions import Subscription
from services.change_planning import ChangeRequest
from services.global_ids import TenantKey
from services.limited_actions import LimitedAction
from services.refusals import InvalidInput

QuoteChangeError = Annotated[
    InvalidInputError
    | OrganizationNotFoundError
    | NotPermittedError
    | MemberDeactivatedError
    | NotSubscribedError
    | PaymentRequiredError
    | CancellationScheduledError
    | NothingToChangeError
    | UnknownPlanError
    | PriceNotAvailableError
    | SeatsOutOfRangeError
    | SeatsBelowUsageError
    | BillingUnavailableError
    | RateLimitedError,
    strawberry.union("QuoteChangeError", description="Why there is no quote."),
]
ChangePlanError = Annotated[
    InvalidInputError
    | OrganizationNotFoundError
    | NotPermittedError
    | MemberDeactivatedError
    | NotSubscribedError
    | PaymentRequiredError
    | PaymentFailedError
    | CancellationScheduledError
    | NothingToChangeError
    | UnknownPlanError
    | PriceNotAvailableError
    | SeatsOutOfRangeError
    | SeatsBelowUsageError
    | QuoteNotFoundError
    | QuoteExpiredError
    | QuoteOutdatedError
    | ReturnURLNotAllowedError
    | BillingUnavailableError
    | IdempotencyKeyReusedError
    | RateLimitedError,
    strawberry.union("ChangePlanError", description="Why nothing was changed."),
]
CancelPendingChangeError = Annotated[
    InvalidInputError
    | OrganizationNotFoundError
    | NotPermittedError
    | MemberDeactivatedError
    | NotSubscribedError
    | NoPendingChangeError
    | BillingUnavailableError
    | RateLimitedError,
    strawberry.union("CancelPendingChangeError", description="Why nothing was called off."),
]

KEEP = (
    "Members who keep their seat when there will be fewer seats than members. The owner always"
    " does; admins come next, then who joined first: an empty list leaves it to that. Left out,"
    " seats cannot go below what is in use."
)


@strawberry.input(description="The input of `quoteChange`: what is left out stays as it is.")
class QuoteChangeInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    plan: str | None = strawberry.field(default=None, description="The code of the plan.")
    interval: BillingInterval | None = strawberry.field(
        default=None, description="How often it is charged."
    )
    seats: int | None = strawberry.field(default=None, description="How many seats.")
    keep_member_ids: list[strawberry.ID] | None = strawberry.field(default=None, description=KEEP)


@strawberry.input(
    description="The input of `changePlan`: a quote, or what is to change. What is left out stays"
    " as it is."
)
class ChangePlanInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    quote_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Make exactly the change that this quote is for; then nothing else is given.",
    )
    plan: str | None = strawberry.field(default=None, description="The code of the plan.")
    interval: BillingInterval | None = strawberry.field(
        default=None, description="How often it is charged."
    )
    seats: int | None = strawberry.field(default=None, description="How many seats.")
    keep_member_ids: list[strawberry.ID] | None = strawberry.field(default=None, description=KEEP)
    return_url: URL | None = strawberry.field(
        default=None,
        description="On an allowed origin; kept with the billing session of a payment that has"
        " to be finished. Stripe's page for it has no way back: open it beside your own, which"
        " hears of the payment by `organizationUpdated`.",
    )
    idempotency_key: str | None = strawberry.field(
        default=None, description="The same key and input within 24 h give the same answer."
    )


@strawberry.input(description="The input of `cancelPendingChange`.")
class CancelPendingChangeInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")


@strawberry.type(description="The answer of `quoteChange`.")
class QuoteChangePayload:
    quote: Quote | None = quote_field()
    errors: list[QuoteChangeError] | None = errors_field()


@strawberry.type(
    description="The answer of `changePlan`. With a `billingSession` the payment has to be"
    " finished there; until then the change is `subscription.pendingChange`."
)
class ChangePlanPayload:
    subscription: Subscription | None = subscription_field()
    billing_session: BillingSession | None = billing_session_field()
    replaced_change: PendingChange | None = replaced_change_field()
    organization: Organization | None = organization_field()
    errors: list[ChangePlanError] | None = errors_field()


@strawberry.type(description="The answer of `cancelPendingChange`.")
class CancelPendingChangePayload:
    subscription: Subscription | None = subscription_field()
    organization: Organization | None = organization_field()
    errors: list[CancelPendingChangeError] | None = errors_field()


async def _quote_change(info: Info, input: QuoteChangeInput) -> Done:  # noqa: A002 # the contract's name
    organization_id = input_key("organizationId", "Organization", input.organization_id)
    request = _request(input)
    quote_id = await changes.quote(info.context, organization_id, request)
    return Done(quote=TenantKey(organization_id, quote_id))


async def _change_plan(info: Info, input: ChangePlanInput) -> Done:  # noqa: A002 # the contract's name
    organization_id = input_key("organizationId", "Organization", input.organization_id)
    request = _request(input)
    outcome = await changes.change(
        info.context,
        organization_id,
        request,
        quote_id=_quote_key(input, request),
        return_url=input.return_url,
        idempotency_key=input.idempotency_key,
    )
    session_id = outcome.billing_session_id
    return Done(
        organization_id=organization_id,
        billing_session=TenantKey(organization_id, session_id) if session_id else None,
        replaced_change=outcome.replaced,
    )


async def _cancel_pending_change(info: Info, input: CancelPendingChangeInput) -> Done:  # noqa: A002 # the contract's name
    organization_id = input_key("organizationId", "Organization", input.organization_id)
    await changes.call_off(info.context, organization_id)
    return Done(organization_id=organization_id)


def _request(given: QuoteChangeInput | ChangePlanInput) -> ChangeRequest:
    keep = None
    if given.keep_member_ids is not None:
        keys = [input_key("keepMemberIds", "Member", one) for one in given.keep_member_ids]
        keep = tuple(key.id for key in keys)
    return ChangeRequest(given.plan, given.interval, given.seats, keep)


def _quote_key(given: ChangePlanInput, request: ChangeRequest) -> TenantKey | None:
    if given.quote_id is None:
        return None
    if request != ChangeRequest():
        raise InvalidInput("quoteId", "says everything; give nothing else beside it")
    key: TenantKey = input_key("quoteId", "Quote", given.quote_id)
    return key


@strawberry.type
class ChangeMutations:
    """Mixed into the root."""

    quote_change: QuoteChangePayload = mutation(
        _quote_change,
        limited=LimitedAction.CHARGE,
        description="Say what a change of plan, interval or seats would do and cost. For owner and"
        " admin.",
    )
    change_plan: ChangePlanPayload = mutation(
        _change_plan,
        limited=LimitedAction.CHARGE,
        description="Change plan, interval or seats. What goes up counts now, as soon as it is"
        " paid; if any part goes down, all of it waits for the end of the period. A pending change"
        " is replaced. For owner and admin.",
    )
    cancel_pending_change: CancelPendingChangePayload = mutation(
        _cancel_pending_change,
        limited=LimitedAction.CHARGE,
        description="Call off the change that is pending. For owner and admin.",
    )
