"""What Postgres knows, in Prometheus' terms. Each process tells the same: take `max`, not `sum`.

What is asked for often is remembered for a while: whoever scrapes does not load the database.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from time import monotonic
from typing import NamedTuple

import asyncpg
import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from db import figures
from db.enums import ENTITLED, SeatState, StripeEventState
from db.unavailable import DATABASE_UNAVAILABLE
from services.assembly import Services

log = structlog.get_logger(__name__)

_PATIENCE_SECONDS = 5
_QUEUE_SECONDS = 5.0
_BUSINESS_SECONDS = 60.0
"""Seats and subscriptions are counted over whole tables."""


class Figure(NamedTuple):
    """A gauge that is read from the database."""

    name: str
    meaning: str
    labels: tuple[str, ...] = ()

    def empty(self) -> GaugeMetricFamily:
        """To be filled, by label."""
        return GaugeMetricFamily(self.name, self.meaning, labels=self.labels)

    def of(self, value: float) -> GaugeMetricFamily:
        """Its one value."""
        return GaugeMetricFamily(self.name, self.meaning, value=value)


UP = Figure("seatwise_database_up", "Whether Postgres answered when asked for what follows.")
JOBS = Figure("seatwise_jobs", "Jobs that are not done, by name and status.", ("job", "status"))
OLDEST_JOB = Figure(
    "seatwise_job_oldest_seconds",
    "For how long the first job that is not done could have been begun.",
)
EVENTS = Figure(
    "seatwise_webhook_events",
    "Stripe's events that wait (RECEIVED) or were given up (DEAD).",
    ("state",),
)
LAG = Figure("seatwise_webhook_lag_seconds", "How long the oldest event that waits has waited.")
MAILS = Figure(
    "seatwise_mails", "Mails that wait to be sent (WAITING) or were given up (FAILED).", ("state",)
)
SEATS = Figure("seatwise_seats", "Open rows of the seat ledger, by state.", ("state",))
PURCHASED = Figure("seatwise_seats_purchased", "Seats of entitled subscriptions.")
SUBSCRIPTIONS = Figure(
    "seatwise_subscriptions", "Subscriptions that count, by status.", ("status",)
)
FIGURES = (UP, JOBS, OLDEST_JOB, EVENTS, LAG, MAILS, SEATS, PURCHASED, SUBSCRIPTIONS)

Read = Callable[[Services], Awaitable[list[Metric]]]


class DatabaseFigures:
    """Asks for the figures, at most as often as they are worth."""

    def __init__(self) -> None:
        self._queue = _Remembered(_read_queue, seconds=_QUEUE_SECONDS)
        self._business = _Remembered(_read_business, seconds=_BUSINESS_SECONDS)

    async def collect(self, services: Services) -> CollectorRegistry:
        """All of them; only that it does not answer, when the database does not."""
        found: list[Metric] = []
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                for remembered in (self._queue, self._business):
                    found += await remembered.get(services)
            is_up = True
        except (TimeoutError, asyncpg.PostgresError, *DATABASE_UNAVAILABLE) as error:
            log.warning("metrics.no_database", reason=str(error) or type(error).__name__)
            is_up = False
        registry = CollectorRegistry()
        registry.register(_Collected([UP.of(is_up), *found]))
        return registry


class _Collected:
    """What was collected already: a `Collector`."""

    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        """Give it."""
        return self._metrics


class _Remembered:
    """One reading for all who ask within some seconds."""

    def __init__(self, read: Read, *, seconds: float) -> None:
        self._read = read
        self._seconds = seconds
        self._turn = asyncio.Lock()
        self._good_until = 0.0
        self._metrics: list[Metric] = []

    async def get(self, services: Services) -> list[Metric]:
        """Read, or remember."""
        async with self._turn:
            if monotonic() >= self._good_until:
                self._metrics = await self._read(services)
                self._good_until = monotonic() + self._seconds
            return self._metrics


async def _read_queue(services: Services) -> list[Metric]:
    jobs = JOBS.empty()
    oldest = 0.0
    for row in await services.database.fetch(figures.JOBS):
        jobs.add_metric([row["job"], row["status"]], row["number"])
        oldest = max(oldest, row["oldest_seconds"])
    events = EVENTS.empty()
    rows = {row["state"]: row for row in await services.database.fetch(figures.EVENTS)}
    for state in (StripeEventState.RECEIVED, StripeEventState.DEAD):
        events.add_metric([state], rows[state]["number"] if state in rows else 0)
    mails = MAILS.empty()
    [counted] = await services.database.fetch(figures.MAILS)
    mails.add_metric(["WAITING"], counted["waiting"])
    mails.add_metric(["FAILED"], counted["failed"])
    waiting = rows.get(StripeEventState.RECEIVED)
    lag = (services.clock.now() - waiting["oldest"]).total_seconds() if waiting else 0.0
    return [
        jobs,
        OLDEST_JOB.of(oldest),
        events,
        LAG.of(max(0.0, lag)),
        mails,
    ]


async def _read_business(services: Services) -> list[Metric]:
    seats = SEATS.empty()
    counted = {row["state"]: row["number"] for row in await services.database.fetch(figures.SEATS)}
    for state in SeatState:
        seats.add_metric([state], counted.get(state, 0))
    subscriptions = SUBSCRIPTIONS.empty()
    purchased = 0
    for row in await services.database.fetch(figures.SUBSCRIPTIONS):
        subscriptions.add_metric([row["status"]], row["number"])
        purchased += row["seats"] if row["status"] in ENTITLED else 0
    return [seats, PURCHASED.of(purchased), subscriptions]
