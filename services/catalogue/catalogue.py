"""The catalogue of one process: read once, kept, read again when it was changed."""

import asyncio
import time
from collections.abc import Iterable
from uuid import UUID

from db.catalogue import PLANS, PRICES
from db.database import Database, Row
from db.enums import BillingInterval
from services.catalogue.file import CatalogueFile
from services.catalogue.push import PushReport, push
from services.catalogue.snapshot import CatalogueSnapshot
from services.clock import Clock
from services.stripe_gateway import StripeGateway
from services.views import PlanView, PriceView

FRESH_SECONDS = 60.0
"""Real time after which the catalogue is read again, should a notification have been lost."""


class Catalogue:
    """Plans and prices for every reader; nearly free of charge while they are fresh."""

    def __init__(self, database: Database, gateway: StripeGateway, clock: Clock) -> None:
        self._database = database
        self._gateway = gateway
        self._clock = clock
        self._snapshot: CatalogueSnapshot | None = None
        self._fresh_until = 0.0
        self._invalidations = 0
        self._refreshing = asyncio.Lock()

    async def push(self, file: CatalogueFile) -> PushReport:
        """Bring Stripe and our tables in line with the file; see `services.catalogue.push`."""
        report = await push(file, database=self._database, gateway=self._gateway, clock=self._clock)
        self.invalidate()
        return report

    async def snapshot(self, *, holding: Iterable[UUID] = ()) -> CatalogueSnapshot:
        """The catalogue, at most a minute old, in which the prices `holding` are found.

        Raises `CatalogueNotPushedError` while there is none.
        """
        snapshot = self._fresh_snapshot()
        if snapshot is None:
            async with self._refreshing:
                snapshot = self._fresh_snapshot() or await self.refresh()
        if all(map(snapshot.has_price, holding)):
            return snapshot
        return await self.refresh()

    async def refresh(self) -> CatalogueSnapshot:
        """Read the catalogue now."""
        invalidations = self._invalidations
        prices = await self._database.fetch(PRICES)  # before the plans, so that each finds its own
        plans = await self._database.fetch(PLANS)
        self._snapshot = _snapshot(plans, prices)
        if invalidations == self._invalidations:
            self._fresh_until = time.monotonic() + FRESH_SECONDS
        return self._snapshot

    def invalidate(self) -> None:
        """Plans or prices were changed, here or elsewhere (`seatwise_catalogue`)."""
        self._invalidations += 1
        self._fresh_until = 0.0

    def _fresh_snapshot(self) -> CatalogueSnapshot | None:
        return self._snapshot if time.monotonic() < self._fresh_until else None


def _snapshot(plans: Iterable[Row], prices: Iterable[Row]) -> CatalogueSnapshot:
    price_views = [_price_view(row) for row in prices]
    on_sale: dict[str, list[PriceView]] = {}
    for price in price_views:
        if not price.archived:
            on_sale.setdefault(price.plan_code, []).append(price)
    return CatalogueSnapshot(
        [_plan_view(row, on_sale.get(row["code"], ())) for row in plans], price_views
    )


def _price_view(row: Row) -> PriceView:
    return PriceView(
        id=row["id"],
        plan_code=row["plan_code"],
        interval=BillingInterval(row["interval"]),
        currency=row["currency"],
        unit_amount=row["unit_amount"],
        trial_days=row["trial_days"],
        stripe_price_id=row["stripe_price_id"],
        archived=row["archived_at"] is not None,
    )


def _plan_view(row: Row, prices: Iterable[PriceView]) -> PlanView:
    return PlanView(
        code=row["code"],
        name=row["name"],
        description=row["description"],
        features=tuple(row["features"]),
        rank=row["rank"],
        minimum_seats=row["minimum_seats"],
        maximum_seats=row["maximum_seats"],
        archived=row["archived_at"] is not None,
        prices=tuple(prices),
    )
