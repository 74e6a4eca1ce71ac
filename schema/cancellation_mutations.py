"""Mutations that end a subscription, and undo that."""

from typing import Annotated

import strawberry

from db.enums import CancellationFeedback
from resolvers import changes
from schema.change_errors import NotCancellingError, NotSubscribedError
from schema.errors import (
    BillingUnavailableError,
    InvalidInputError,
    MemberDeactivatedError,
    NotPermittedError,
    OrganizationNotFoundError,
    RateLimitedError,
)
from schema.info import Info
from schema.node import input_key
from schema.organizations import Organization
from schema.payloads import Done, errors_field, mutation, organization_field, subscription_field
from schema.subscriptions import Subscription
from services.limited_actions import LimitedAction

CancelSubscriptionError = Annotated[
    InvalidInputError
    | OrganizationNotFoundError
    | NotPermittedError
    | MemberDeactivatedError
    | NotSubscribedError
    | BillingUnavailableError
    | RateLimitedError,
    strawberry.union("CancelSubscriptionError", description="Why it was not cancelled."),
]
ResumeSubscriptionError = Annotated[
    InvalidInputError
    | OrganizationNotFoundError
    | NotPermittedError
    | MemberDeactivatedError
    | NotSubscribedError
    | NotCancellingError
    | BillingUnavailableError
    | RateLimitedError,
    strawberry.union("ResumeSubscriptionError", description="Why it was not resumed."),
]


@strawberry.input(description="The input of `cancelSubscription`.")
class CancelSubscriptionInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")
    feedback: CancellationFeedback | None = strawberry.field(default=None, description="Why.")
    comment: str | None = strawberry.field(
        default=None, description="Why, in your own words: 1 to 1000 characters."
    )


@strawberry.input(description="The input of `resumeSubscription`.")
class ResumeSubscriptionInput:
    organization_id: strawberry.ID = strawberry.field(description="The organization.")


@strawberry.type(description="The answer of `cancelSubscription`.")
class CancelSubscriptionPayload:
    subscription: Subscription | None = subscription_field()
    organization: Organization | None = organization_field()
    errors: list[CancelSubscriptionError] | None = errors_field()


@strawberry.type(description="The answer of `resumeSubscription`.")
class ResumeSubscriptionPayload:
    subscription: Subscription | None = subscription_field()
    organization: Organization | None = organization_field()
    errors: list[ResumeSubscriptionError] | None = errors_field()


async def _cancel(info: Info, input: CancelSubscriptionInput) -> Done:  # noqa: A002 # the contract's name
    organization_id = input_key("organizationId", "Organization", input.organization_id)
    await changes.cancel(
        info.context, organization_id, feedback=input.feedback, comment=input.comment
    )
    return Done(organization_id=organization_id)


async def _resume(info: Info, input: ResumeSubscriptionInput) -> Done:  # noqa: A002 # the contract's name
    organization_id = input_key("organizationId", "Organization", input.organization_id)
    await changes.resume(info.context, organization_id)
    return Done(organization_id=organization_id)


@strawberry.type
class CancellationMutations:
    """Mixed into the root."""

    cancel_subscription: CancelSubscriptionPayload = mutation(
        _cancel,
        limited=LimitedAction.CHARGE,
        description="Let the subscription end with its paid period; a pending change is called off."
        " It can be undone until then. One that is unpaid ends at once. For owner and admin.",
    )
    resume_subscription: ResumeSubscriptionPayload = mutation(
        _resume,
        limited=LimitedAction.CHARGE,
        description="Undo a cancellation, made here or at Stripe. For owner and admin.",
    )
