"""The subscription: what an organization has."""

from collections.abc import Awaitable
from datetime import datetime
from uuid import UUID

import strawberry

from db.enums import BillingInterval, SubscriptionStatus
from schema.connections import After, Connection, First, requested_page
from schema.directives import BY_ID
from schema.fields import connection
from schema.info import Info
from schema.invoices import Invoice
from schema.node import Node, stands_for, tenant_id_field
from schema.payments import NextPayment, PaymentIssue, PaymentMethod, PendingChange
from schema.plans import Plan, Price
from services.billing_views import InvoiceView
from services.pages import DEFAULT_FIRST, Page, parse_moment
from services.views import SubscriptionView


def _invoices(
    root: strawberry.Parent[SubscriptionView],
    info: Info,
    first: First = DEFAULT_FIRST,
    after: After = None,
) -> Awaitable[Page[InvoiceView]]:
    page = requested_page(info, first=first, after=after, key=(parse_moment, UUID))
    return info.context.loaders.invoices.load((root.organization_id, page))


@strawberry.type(
    directives=[BY_ID], description="What the organization has bought, as Stripe says."
)
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
    pending_change: PendingChange | None = strawberry.field(
        description="The change that does not count yet; null when there is none."
    )
    next_payment: NextPayment | None = strawberry.field(
        description="What will be charged next; null when nothing will."
    )
    payment_method: PaymentMethod | None = strawberry.field(
        description="What is charged; null when there is none."
    )
    payment_issue: PaymentIssue | None = strawberry.field(
        description="The payment that failed; null while everything is in order."
    )
    invoices: Connection[Invoice] = connection(
        _invoices,
        description="The organization's invoices, newest first, also those of subscriptions that"
        " it had before.",
    )
