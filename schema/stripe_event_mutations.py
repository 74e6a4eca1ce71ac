"""Mutations of the webhook inbox, for operators."""

from typing import Annotated

import strawberry

from resolvers import stripe_events
from schema.errors import Error, InvalidInputError, refused_by
from schema.info import Info
from schema.node import input_key
from schema.payloads import Done, errors_field, mutation
from schema.stripe_events import StripeEvent
from services import refusals


@strawberry.type(description="Only a service token with the scope may do it.")
class ScopeRequiredError(Error):
    is_type_of = refused_by(refusals.ScopeRequired)

    scope: str = strawberry.field(description="The scope that is needed.")


@strawberry.type(description="The event did not arrive, or is old and was forgotten.")
class StripeEventNotFoundError(Error):
    is_type_of = refused_by(refusals.StripeEventNotFound)


RetryStripeEventError = Annotated[
    InvalidInputError | ScopeRequiredError | StripeEventNotFoundError,
    strawberry.union("RetryStripeEventError", description="Why it is not tried again."),
]


@strawberry.input(description="The input of `retryStripeEvent`.")
class RetryStripeEventInput:
    stripe_event_id: strawberry.ID = strawberry.field(description="The event.")


@strawberry.type(description="The answer of `retryStripeEvent`.")
class RetryStripeEventPayload:
    stripe_event: StripeEvent | None = strawberry.field(
        description="The event as it stands now; null after a refusal."
    )
    errors: list[RetryStripeEventError] | None = errors_field()


async def _retry(info: Info, input: RetryStripeEventInput) -> Done:  # noqa: A002 # the contract's name
    event_id = input_key("stripeEventId", "StripeEvent", input.stripe_event_id)
    return Done(stripe_event=await stripe_events.retry(info.context, event_id))


@strawberry.type
class StripeEventMutations:
    """Mixed into the root."""

    retry_stripe_event: RetryStripeEventPayload = mutation(
        _retry,
        description="Fetch what an event speaks of again, now, whatever became of it. Safe at any"
        " time: nothing of the event itself is applied. For service tokens with the scope `ops`.",
    )
