"""Billing periods: calendar arithmetic from an anchor, in UTC.

A period is always counted from the anchor, so that a subscription that began on 31 January renews
on 28 February and again on 31 March
(https://docs.stripe.com/billing/subscriptions/billing-cycle).
"""

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}
DAY = 86_400
HOUR = 3_600


@dataclass(frozen=True)
class Period:
    """From `start` (inclusive) to `end` (exclusive), Unix seconds."""

    start: int
    end: int


def add_intervals(anchor: int, *, interval: str, count: int) -> int:
    """The moment `count` intervals after `anchor`; a day that a month lacks is its last day."""
    moment = datetime.fromtimestamp(anchor, UTC)
    if interval in _DAYS:
        return int((moment + timedelta(days=_DAYS[interval] * count)).timestamp())
    months = moment.year * 12 + moment.month - 1 + _MONTHS[interval] * count
    year, month = divmod(months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return int(moment.replace(year=year, month=month + 1, day=day).timestamp())


def period_at(anchor: int, *, interval: str, count: int, at: int) -> Period:
    """The period that contains `at`. An anchor in the future counts backwards."""
    step = _steps_until(anchor, interval=interval, count=count, at=at)
    start = add_intervals(anchor, interval=interval, count=step * count)
    return Period(start, add_intervals(anchor, interval=interval, count=(step + 1) * count))


def _steps_until(anchor: int, *, interval: str, count: int, at: int) -> int:
    """The number of whole periods between anchor and `at`: estimated, then corrected."""
    days = _DAYS.get(interval) or _MONTHS[interval] * 30.436875
    step = int((at - anchor) / (days * count * DAY))
    while add_intervals(anchor, interval=interval, count=step * count) > at:
        step -= 1
    while add_intervals(anchor, interval=interval, count=(step + 1) * count) <= at:
        step += 1
    return step
