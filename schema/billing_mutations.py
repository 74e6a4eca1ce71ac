"""Mutations of billing: buying, the return leg, the portal."""

from typing import Annotated

import strawberry

from db.enums import BillingInterval
from resolvers import billing
from schema.billing_sessions import BillingSession
from schema.change_errors import (
    CancellationScheduledError,
    CurrencyFixedError,
    NotSubscribedError,
    PaymentRequiredError,
    PendingChangeInTheWayError,
    PromotionCodeNotValidError,
)
from schema.errors import (
    AlreadySubscribedError,
    BillingSessionNotFoundError,
    BillingUnavailableError,
    IdempotencyKeyReusedError,
    InvalidInputError,
    MemberDeactivatedError,
    NoBillingAccountError,
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
)
from schema.scalars import URL
from services.billing_portal import PortalFlow
from services.global_ids import TenantKey
from services.limited_actions import LimitedAction
from services.plan_choices import PlanChoice

SelectPlanError = Annotated[
    InvalidInputError
    | OrganizationNotFoundError
    | NotPermittedError
    | MemberDeactivatedError
    | UnknownPlanError
    | PriceNotAvailableError
    | SeatsOutOfRangeError
    | SeatsBelowUsageError
    | AlreadySubscribedError
    | PaymentRequiredError
    | CurrencyFixedError
    | PromotionCodeNotValidError
    | ReturnURLNotAllowedError
    | BillingUnavailableError
    | IdempotencyKeyReusedError
    | RateLimitedError,
    strawberry.union("SelectPlanError", description="Why no checkout was opened."),
]
SyncBillingSessionError = Annotated[
    InvalidInputError
    | OrganizationNotFoundError
    | NotPermittedError
    | MemberDeactivatedError
    | BillingSessionNotFoundError
    | BillingUnavailableError
    | RateLimitedError,
    strawberry.union("SyncBillingSessionError", description="Why Stripe was not asked."),
]
OpenBillingPortalError = Annotated[
    InvalidInputError
    | OrganizationNotFoundError
    | NotPermittedError
    | MemberDeactivatedError
    | NoBillingAccountError
    | NotSubscribedError
    | CancellationScheduledError
    | PendingChangeInTheWayError
    | ReturnURLNotAllowedError
    | BillingUnavailableError
    | RateLimitedError,
    strawberry.union("OpenBillingPortalError", description="Why the portal was not opened."),
]


@strawberry.input(description="The input of `selectPlan`.")
class SelectPlanInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    plan: str = strawberry.field(description="The code of the plan, as `PRO`.")
    interval: BillingInterval = strawberry.field(description="How often it is charged.")
    seats: int = strawberry.field(description="How many people will use it.")
    currency: str | None = strawberry.field(
        default=None,
        description="ISO 4217, as `usd`. Left out: what the organization bought in before, or the"
        " server's default.",
    )
    promotion_code: str | None = strawberry.field(
        default=None, description="A promotion code. Left out, one can be typed at the checkout."
    )
    return_url: URL | None = strawberry.field(
        default=None,
        description="Where Stripe leads back to, on an allowed origin; `billingSessionId` and"
        " `outcome` (`completed` or `canceled`) are added to its query. Left out: a page of the"
        " server.",
    )
    idempotency_key: str | None = strawberry.field(
        default=None, description="The same key and input within 24 h give the same answer."
    )


@strawberry.input(description="The input of `syncBillingSession`.")
class SyncBillingSessionInput:
    billing_session_id: strawberry.ID = strawberry.field(description="The billing session.")


@strawberry.input(description="The input of `openBillingPortal`.")
class OpenBillingPortalInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    flow: PortalFlow = strawberry.field(
        default=PortalFlow.HOME, description="What the visit is for."
    )
    return_url: URL | None = strawberry.field(
        default=None,
        description="Where the portal's way back leads to, on an allowed origin. Left out: a page"
        " of the server.",
    )


@strawberry.type(description="The answer of `selectPlan`.")
class SelectPlanPayload:
    billing_session: BillingSession | None = billing_session_field()
    organization: Organization | None = organization_field()
    errors: list[SelectPlanError] | None = errors_field()


@strawberry.type(description="The answer of `syncBillingSession`.")
class SyncBillingSessionPayload:
    billing_session: BillingSession | None = billing_session_field()
    organization: Organization | None = organization_field()
    errors: list[SyncBillingSessionError] | None = errors_field()


@strawberry.type(description="The answer of `openBillingPortal`.")
class OpenBillingPortalPayload:
    billing_session: BillingSession | None = billing_session_field()
    organization: Organization | None = organization_field()
    errors: list[OpenBillingPortalError] | None = errors_field()


async def _select_plan(info: Info, input: SelectPlanInput) -> Done:  # noqa: A002 # the contract's name
    organization_id = input_key("organizationId", "Organization", input.organization_id)
    choice = PlanChoice(
        input.plan,
        input.interval,
        input.seats,
        input.currency,
        input.return_url,
        input.promotion_code,
    )
    session_id = await billing.select_plan(
        info.context, organization_id, choice, idempotency_key=input.idempotency_key
    )
    key = TenantKey(organization_id, session_id)
    return Done(billing_session=key, organization_id=organization_id)


async def _sync_billing_session(info: Info, input: SyncBillingSessionInput) -> Done:  # noqa: A002 # the contract's name
    key = input_key("billingSessionId", "BillingSession", input.billing_session_id)
    await billing.sync_billing_session(info.context, key)
    return Done(billing_session=key, organization_id=key.organization_id)


async def _open_billing_portal(info: Info, input: OpenBillingPortalInput) -> Done:  # noqa: A002 # the contract's name
    organization_id = input_key("organizationId", "Organization", input.organization_id)
    session_id = await billing.open_portal(
        info.context, organization_id, flow=input.flow, return_url=input.return_url
    )
    key = TenantKey(organization_id, session_id)
    return Done(billing_session=key, organization_id=organization_id)


@strawberry.type
class BillingMutations:
    """Mixed into the root."""

    select_plan: SelectPlanPayload = mutation(
        _select_plan,
        limited=LimitedAction.CHARGE,
        description="Open a checkout at Stripe. The same choice again gives the same checkout,"
        " another choice replaces it. If somebody chose otherwise at the same moment, the checkout"
        " may have expired already: theirs is open. For owner and admin.",
    )
    sync_billing_session: SyncBillingSessionPayload = mutation(
        _sync_billing_session,
        limited=LimitedAction.CHARGE,
        description="Ask Stripe now how things stand, on the way back from it. For owner and"
        " admin.",
    )
    open_billing_portal: OpenBillingPortalPayload = mutation(
        _open_billing_portal,
        limited=LimitedAction.CHARGE,
        description="Open Stripe's portal: invoices, payment methods, cancellation. For owner and"
        " admin.",
    )
