"""What is pending, what is paid next and how, and what is in the way of it."""

from datetime import datetime

import strawberry

from db.enums import BillingInterval, PendingChangeKind
from schema.invoices import amount_field
from schema.money import Money
from schema.plans import Plan, Price
from schema.scalars import URL


@strawberry.type(description="A change of the subscription that does not count yet.")
class PendingChange:
    """The source is a `PendingChangeView`."""

    kind: PendingChangeKind = strawberry.field(description="What it waits for.")
    plan: Plan = strawberry.field(description="The plan after it.")
    price: Price = strawberry.field(description="The price of a seat after it.")
    interval: BillingInterval = strawberry.field(description="How often it is charged after it.")
    seats: int = strawberry.field(description="The seats after it.")
    effective_at: datetime | None = strawberry.field(
        description="When it takes effect; null while it waits for its payment."
    )
    expires_at: datetime | None = strawberry.field(
        description="When it is dropped unless it is paid; null for a scheduled one."
    )
    pay_url: URL | None = strawberry.field(
        description="Where it is paid; null for a scheduled one."
    )


@strawberry.type(description="What will be charged next.")
class NextPayment:
    """The source is a `NextPaymentView`."""

    at: datetime = strawberry.field(description="When.")
    amount: Money = amount_field(
        lambda payment: payment.amount,
        description="How much, as things stand: with a scheduled change, discount and tax.",
    )


@strawberry.type(description="What is charged.")
class PaymentMethod:
    """The source is a `PaymentMethodView`."""

    brand: str = strawberry.field(
        description="The brand of the card, as `visa`; or the kind of what is no card."
    )
    last4: str | None = strawberry.field(description="The last four digits of the card.")
    exp_month: int | None = strawberry.field(description="The month until which it is good.")
    exp_year: int | None = strawberry.field(description="The year until which it is good.")


@strawberry.type(description="A payment that failed.")
class PaymentIssue:
    """The source is a `PaymentIssueView`."""

    message: str = strawberry.field(description="What a person can do, in English.")
    pay_url: URL = strawberry.field(description="Where it is paid.")
    since: datetime = strawberry.field(description="Since when it is open.")
