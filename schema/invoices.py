"""Invoices: what was charged."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import strawberry

from db.enums import InvoiceStatus
from schema.directives import BY_ID
from schema.fields import resolved
from schema.money import Money, MoneyView
from schema.node import Node, stands_for, tenant_id_field
from schema.scalars import URL
from services.billing_views import InvoiceView


def amount_field(get: Callable[[Any], int], *, description: str) -> Any:
    """Money of a view that has one currency."""

    def resolve(root: strawberry.Parent[Any]) -> MoneyView:
        return MoneyView(get(root), root.currency)

    return resolved(resolve, description=description)


@strawberry.type(description="A credit or a charge for a time.")
class InvoiceLine:
    """The source is a `billing_views.InvoiceLineView`."""

    description: str = strawberry.field(description="What it is, in Stripe's words.")
    amount: Money = amount_field(
        lambda line: line.amount,
        description="Before discount and tax; a credit is negative.",
    )
    quantity: int | None = strawberry.field(description="How many seats.")
    period_start: datetime = strawberry.field(description="From when it counts.")
    period_end: datetime = strawberry.field(description="Until when it counts.")
    proration: bool = strawberry.field(description="Whether it is for a part of a period.")


@strawberry.type(directives=[BY_ID], description="An invoice, as Stripe issued it.")
class Invoice(Node):
    """The source is an `InvoiceView`."""

    is_type_of = stands_for(InvoiceView)

    id: strawberry.ID = tenant_id_field("Invoice")
    number: str | None = strawberry.field(description="The number on it.")
    status: InvoiceStatus = strawberry.field(description="How it stands.")
    subtotal: Money = amount_field(
        lambda invoice: invoice.subtotal, description="Its lines, before discount and tax."
    )
    discount: Money = amount_field(
        lambda invoice: invoice.discount, description="What discounts take off."
    )
    tax: Money = amount_field(lambda invoice: invoice.tax, description="The tax in the total.")
    amount: Money = amount_field(lambda invoice: invoice.total, description="The total.")
    amount_due: Money = amount_field(
        lambda invoice: invoice.amount_due,
        description="What was to be paid, after the balance that the customer had.",
    )
    amount_paid: Money = amount_field(
        lambda invoice: invoice.amount_paid, description="What was paid."
    )
    issued_at: datetime = strawberry.field(description="When it was made.")
    period_start: datetime = strawberry.field(description="The beginning of what it is for.")
    period_end: datetime = strawberry.field(description="The end of what it is for.")
    lines: list[InvoiceLine] = strawberry.field(description="What it charges and credits.")
    hosted_url: URL | None = strawberry.field(
        description="Stripe's page of it, where an open one is paid."
    )
    pdf_url: URL | None = strawberry.field(description="The PDF.")
