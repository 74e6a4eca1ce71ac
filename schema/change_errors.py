"""Refusals about changing, cancelling and paying as GraphQL types (see `schema.errors`)."""

from datetime import datetime

import strawberry

from schema.errors import Error, refused_by
from schema.quotes import Quote
from schema.scalars import URL
from schema.subscriptions import Subscription
from services import change_refusals


@strawberry.type(description="The organization has no subscription.")
class NotSubscribedError(Error):
    is_type_of = refused_by(change_refusals.NotSubscribed)


@strawberry.type(description="What is owed has to be paid first.")
class PaymentRequiredError(Error):
    is_type_of = refused_by(change_refusals.PaymentRequired)

    subscription: Subscription = strawberry.field(description="The subscription it has.")
    pay_url: URL | None = strawberry.field(
        description="Where the open invoice is paid; null where there is none: then a payment"
        " method is missing."
    )


@strawberry.type(description="The payment was declined. Plan and seats are as they were.")
class PaymentFailedError(Error):
    is_type_of = refused_by(change_refusals.PaymentFailed)

    pay_url: URL | None = strawberry.field(
        description="Where the change can still be paid, within 23 hours."
    )


@strawberry.type(description="The subscription is to end: resume it first.")
class CancellationScheduledError(Error):
    is_type_of = refused_by(change_refusals.CancellationScheduled)

    ends_at: datetime = strawberry.field(description="When it ends.")


@strawberry.type(description="Plan, interval and seats are as was asked for.")
class NothingToChangeError(Error):
    is_type_of = refused_by(change_refusals.NothingToChange)


@strawberry.type(description="No change is pending.")
class NoPendingChangeError(Error):
    is_type_of = refused_by(change_refusals.NoPendingChange)


@strawberry.type(description="No cancellation is scheduled.")
class NotCancellingError(Error):
    is_type_of = refused_by(change_refusals.NotCancelling)


@strawberry.type(description="A change is pending: call it off first.")
class PendingChangeInTheWayError(Error):
    is_type_of = refused_by(change_refusals.PendingChangeInTheWay)


@strawberry.type(description="There is no such quote for this organization.")
class QuoteNotFoundError(Error):
    is_type_of = refused_by(change_refusals.QuoteNotFound)


@strawberry.type(description="The quote is older than ten minutes.")
class QuoteExpiredError(Error):
    is_type_of = refused_by(change_refusals.QuoteExpired)

    quote: Quote = strawberry.field(description="A fresh one for the same change.")


@strawberry.type(description="What the quote said is no longer what would be charged or done.")
class QuoteOutdatedError(Error):
    is_type_of = refused_by(change_refusals.QuoteOutdated)

    quote: Quote = strawberry.field(description="A fresh one for the same change.")


@strawberry.type(description="An organization keeps the currency of its first purchase.")
class CurrencyFixedError(Error):
    is_type_of = refused_by(change_refusals.CurrencyFixed)

    currency: str = strawberry.field(description="ISO 4217, in lower case, as `usd`.")


@strawberry.type(description="No active promotion code reads so.")
class PromotionCodeNotValidError(Error):
    is_type_of = refused_by(change_refusals.PromotionCodeNotValid)

    promotion_code: str = strawberry.field(description="The code that was given.")
