"""The subscription: what an organization has."""

from datetime import datetime

import strawberry

from db.enums import BillingInterval, SubscriptionStatus
from schema.node import Node, stands_for, tenant_id_field
from schema.plans import Plan, Price
from services.views import SubscriptionView


@strawberry.type(description="What the organization has bought, as Stripe says.")
class Subscription(Node):
    """The source is a `SubscriptionView`."""

    is_type_of = stands_for(SubscriptionView)

    id: strawberry.ID = tenant_id_field("Subscription")
    status: SubscriptionStatus = strawberry.field(description="How it stands.")
    plan: Plan = strawberry.field(description="The plan.")
    price: Price = strawberry.field(
        description="What a seat costs. It stays as it was bought until the plan is changed."
    )
    interval: BillingInterval = strawberry.field(description="How often it is charged.")
    seats: int = strawberry.field(description="How many seats are paid for.")
    current_period_start: datetime = strawberry.field(description="Paid from.")
    current_period_end: datetime = strawberry.field(description="Paid until.")
    trial_ends_at: datetime | None = strawberry.field(
        description="When the trial ends or ended; null when there was none."
    )
    ends_at: datetime | None = strawberry.field(
        description="A cancellation is scheduled for this moment; null when there is none."
    )
    ended_at: datetime | None = strawberry.field(
        description="When it ended, or stopped to entitle; null while it goes on."
    )
