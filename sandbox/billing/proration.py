"""Proration to the second, as under Stripe's flexible billing mode. Pure arithmetic.

What is credited is a share of what was really debited for the time that is left; what is debited
is a share of the new price for that time
(https://docs.stripe.com/billing/subscriptions/prorations,
https://docs.stripe.com/billing/subscriptions/billing-mode).
"""

from dataclasses import dataclass
from fractions import Fraction

from sandbox.billing.money import round_half_up
from sandbox.billing.periods import Period


@dataclass(frozen=True)
class Debit:
    """What was really charged for an item, after discounts, and for which time."""

    amount: int
    period: Period


def share_left(period: Period, *, at: int) -> Fraction:
    """The part of a period that lies after `at`, between 0 and 1."""
    left = min(max(period.end - at, 0), period.end - period.start)
    return Fraction(left, period.end - period.start)


def credit_for(debit: Debit, *, at: int) -> int:
    """What comes back for the unused time; zero or negative."""
    return -round_half_up(debit.amount * share_left(debit.period, at=at))


def charge_for(full_amount: int, period: Period, *, at: int) -> int:
    """What the rest of a period costs at a price of `full_amount` for all of it."""
    return round_half_up(full_amount * share_left(period, at=at))
