"""Billing sessions: visits to Stripe."""

from datetime import datetime

import strawberry

from db.enums import BillingSessionKind, BillingSessionStatus
from schema.directives import BY_ID
from schema.node import Node, stands_for, tenant_id_field
from schema.scalars import URL
from schema.users import User
from services.views import BillingSessionView


@strawberry.type(
    directives=[BY_ID], description="A visit to Stripe: its checkout, its portal, or a payment."
)
class BillingSession(Node):
    """The source is a `BillingSessionView`."""

    is_type_of = stands_for(BillingSessionView)

    id: strawberry.ID = tenant_id_field("BillingSession")
    kind: BillingSessionKind = strawberry.field(description="Which of Stripe's pages it opens.")
    status: BillingSessionStatus = strawberry.field(description="How it stands.")
    url: URL | None = strawberry.field(
        description="Where to send the browser; null once it is completed or expired."
    )
    created_by: User | None = strawberry.field(description="Who opened it.")
    created_at: datetime = strawberry.field(description="When it was opened.")
    expires_at: datetime | None = strawberry.field(
        description="Until when it can be completed; null for the portal: Stripe does not say."
    )
