"""Quotes: what a change would do and cost."""

from datetime import datetime

import strawberry

from db.enums import BillingInterval, ChangeTiming
from schema.directives import BY_ID
from schema.invoices import InvoiceLine, amount_field
from schema.members import Member
from schema.money import Money
from schema.node import Node, stands_for, tenant_id_field
from schema.plans import Plan, Price
from services.billing_views import QuoteView


@strawberry.type(
    directives=[BY_ID], description="What a change would do and cost, good for ten minutes."
)
class Quote(Node):
    """The source is a `QuoteView`."""

    is_type_of = stands_for(QuoteView)

    id: strawberry.ID = tenant_id_field("Quote")
    expires_at: datetime = strawberry.field(description="Until when `changePlan` takes it.")
    plan: Plan = strawberry.field(description="The plan after the change.")
    price: Price = strawberry.field(description="The price of a seat after the change.")
    interval: BillingInterval = strawberry.field(description="How often it is charged then.")
    seats: int = strawberry.field(description="The seats after the change.")
    timing: ChangeTiming = strawberry.field(description="Whether it takes effect now.")
    effective_at: datetime = strawberry.field(description="When it takes effect.")
    lines: list[InvoiceLine] = strawberry.field(
        description="What is credited and charged now; empty when nothing is."
    )
    discount: Money = amount_field(
        lambda quote: quote.discount_now, description="What discounts take off what is due now."
    )
    tax: Money = amount_field(
        lambda quote: quote.tax_now, description="The tax in what is due now."
    )
    due_now: Money = amount_field(
        lambda quote: quote.due_now, description="What is charged now, to the cent."
    )
    next_invoice_at: datetime = strawberry.field(description="When the next invoice follows.")
    next_invoice_total: Money = amount_field(
        lambda quote: quote.next_invoice_total,
        description="What the next invoice will amount to, if nothing else happens.",
    )
    losing_seat: list[Member] = strawberry.field(
        description="Who will lose their seat, as things stand. It is decided again when the"
        " change takes effect."
    )
