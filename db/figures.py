"""How much there is, for whoever operates Seatwise. Counted for all organizations together."""

from sqlalchemy import func, or_, select, text

from db.enums import StripeEventState
from db.models import Seat, StripeEvent, Subscription
from db.statements import Statement

JOBS = Statement(
    text(
        "SELECT entrypoint AS job, status::text AS status, count(*) AS number,"
        " greatest(extract(epoch FROM clock_timestamp() - min(execute_after)), 0)::float8"
        " AS oldest_seconds FROM jobs.pgqueuer GROUP BY 1, 2"
    )
)
"""Jobs that are not done, and for how long the first of them could have been begun."""

EVENTS = Statement(
    select(
        StripeEvent.state,
        func.count().label("number"),
        func.min(StripeEvent.received_at).label("oldest"),
    )
    .where(
        or_(
            StripeEvent.state == StripeEventState.RECEIVED,
            StripeEvent.state == StripeEventState.DEAD,
        )
    )
    .group_by(StripeEvent.state)
)
"""Webhooks that wait, and those that were given up. `oldest` is on the business clock."""

MAILS = Statement(
    text(
        "SELECT (SELECT count(*) FROM mails WHERE text IS NOT NULL) AS waiting,"
        " (SELECT count(*) FROM mails WHERE failed_at IS NOT NULL) AS failed"
    )
)
"""Mails that were not sent: those that wait, and those that were given up."""

SUBSCRIPTIONS = Statement(
    select(
        Subscription.status,
        func.count().label("number"),
        func.sum(Subscription.seats).label("seats"),
    )
    .where(Subscription.is_current)
    .group_by(Subscription.status)
)
"""The subscription that counts, of each organization that ever had one; seats purchased."""

SEATS = Statement(
    select(Seat.state, func.count().label("number"))
    .where(Seat.ended_at.is_(None))
    .group_by(Seat.state)
)
"""Seats in use."""
