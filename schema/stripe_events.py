"""The webhook inbox."""

from datetime import datetime

import strawberry

from db.enums import StripeEventState
from schema.directives import BY_ID
from schema.fields import resolved
from schema.node import Node, id_field, stands_for
from schema.scalars import JSON
from services import global_ids
from services.record_views import StripeEventView


def _organization_id(root: strawberry.Parent[StripeEventView]) -> strawberry.ID | None:
    if root.organization_id is None:
        return None
    return strawberry.ID(global_ids.encode("Organization", root.organization_id))


@strawberry.type(
    directives=[BY_ID],
    description="A webhook event that Stripe sent. It is a signal to fetch what it speaks of; what"
    " it carries is kept for people, and never applied.",
)
class StripeEvent(Node):
    """The source is a `StripeEventView`."""

    is_type_of = stands_for(StripeEventView)

    id: strawberry.ID = id_field(lambda event: global_ids.encode_text("StripeEvent", event.id))
    stripe_id: str = resolved(lambda root: root.id, description="Stripe's id, as `evt_...`.")
    type: str = strawberry.field(description="What happened, as `invoice.paid`.")
    api_version: str | None = strawberry.field(
        description="The version of Stripe's API in which it was written."
    )
    object_id: str | None = strawberry.field(description="Stripe's id of what it speaks of.")
    organization_id: strawberry.ID | None = resolved(
        _organization_id, description="Whose it is; null when it is about no organization here."
    )
    organization_name: str | None = strawberry.field(
        description="The unique name of that organization."
    )
    created_at: datetime = strawberry.field(description="When it happened, by Stripe's clock.")
    received_at: datetime = strawberry.field(description="When it arrived here.")
    state: StripeEventState = strawberry.field(description="What became of it.")
    attempts: int = strawberry.field(
        description="How many fetches for it failed, since it arrived or was last retried."
    )
    next_attempt_at: datetime | None = strawberry.field(
        description="Until when the next fetch waits for another one, or after one that failed."
    )
    error: str | None = strawberry.field(description="Why the last fetch failed.")
    closed_at: datetime | None = strawberry.field(
        description="When it was done, ignored or given up; null while it waits."
    )
    payload: JSON | None = strawberry.field(description="The event as Stripe sent it.")
