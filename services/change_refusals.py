"""Refusals about changing, cancelling and paying (see `services.refusals`)."""

import reprlib
from dataclasses import dataclass
from datetime import datetime

from services.billing_views import QuoteView
from services.refusals import Refusal, RefusalCode
from services.views import SubscriptionView


@dataclass(eq=False)
class NotSubscribed(Refusal):
    """There is no living subscription to change, cancel or resume."""

    code = RefusalCode.NOT_SUBSCRIBED

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return "The organization has no subscription; select a plan first."


@dataclass(eq=False)
class PaymentRequired(Refusal):
    """B5: what is owed comes first; `pay_url` pays it where there is an open invoice."""

    code = RefusalCode.PAYMENT_REQUIRED
    subscription: SubscriptionView
    pay_url: str | None

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return "A payment is missing. Pay the open invoice, or give another payment method, first."


@dataclass(eq=False)
class PaymentFailed(Refusal):
    """B6: the payment was declined. Plan and seats are as they were; `pay_url` can still pay it."""

    code = RefusalCode.PAYMENT_FAILED
    problem: str | None
    pay_url: str | None

    @property
    def message(self) -> str:
        """See `Refusal`."""
        reason = self.problem or "The payment was declined."
        return f"{reason} Nothing was changed. Pay the invoice, or give another payment method."


@dataclass(eq=False)
class CancellationScheduled(Refusal):
    """B6: what is to end is not changed; resume it first."""

    code = RefusalCode.CANCELLATION_SCHEDULED
    ends_at: datetime

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return f"The subscription ends on {self.ends_at:%-d %B %Y}. Resume it before changing it."


@dataclass(eq=False)
class NothingToChange(Refusal):
    """Plan, interval and seats are what was asked for; what is `pending` would change them."""

    code = RefusalCode.NOTHING_TO_CHANGE
    pending: bool = False

    @property
    def message(self) -> str:
        """See `Refusal`."""
        as_it_is = "The subscription has this plan, interval and number of seats already."
        if not self.pending:
            return as_it_is
        return f"{as_it_is} To keep them, call off the change that is pending."


@dataclass(eq=False)
class NoPendingChange(Refusal):
    """There is nothing to call off."""

    code = RefusalCode.NO_PENDING_CHANGE

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return "No change of the subscription is pending."


@dataclass(eq=False)
class NotCancelling(Refusal):
    """There is no cancellation to undo."""

    code = RefusalCode.NOT_CANCELLING

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return "No cancellation of the subscription is scheduled."


@dataclass(eq=False)
class PendingChangeInTheWay(Refusal):
    """Stripe's portal cannot cancel what a schedule holds."""

    code = RefusalCode.PENDING_CHANGE_IN_THE_WAY

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return "A change is pending. Call it off first, or use cancelSubscription."


@dataclass(eq=False)
class QuoteNotFound(Refusal):
    """The organization has no such quote."""

    code = RefusalCode.QUOTE_NOT_FOUND

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return "There is no such quote for this organization."


@dataclass(eq=False)
class QuoteExpired(Refusal):
    """A quote is good for ten minutes; `quote` is a fresh one."""

    code = RefusalCode.QUOTE_EXPIRED
    quote: QuoteView

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return "The quote has expired. Here is a fresh one."


@dataclass(eq=False)
class QuoteOutdated(Refusal):
    """What the quote said is no longer what would be charged or done; `quote` is a fresh one."""

    code = RefusalCode.QUOTE_OUTDATED
    quote: QuoteView

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return "Something has changed since the quote was made. Here is a fresh one."


@dataclass(eq=False)
class CurrencyFixed(Refusal):
    """An organization keeps the currency of its first purchase."""

    code = RefusalCode.CURRENCY_FIXED
    currency: str

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return f"The organization is charged in {self.currency.upper()}, as in its first purchase."


@dataclass(eq=False)
class PromotionCodeNotValid(Refusal):
    """No active promotion code reads so."""

    code = RefusalCode.PROMOTION_CODE_NOT_VALID
    promotion_code: str

    @property
    def message(self) -> str:
        """See `Refusal`."""
        return f"{reprlib.repr(self.promotion_code)} is not a promotion code that can be used."
