"""Bringing Stripe and our tables in line with the file.

At no moment do we sell what Stripe does not: new prices are first made there, then sold by us, and
old ones are first taken off sale by us, then archived there. Each step looks at what there is, so
after a crash anywhere the next push completes it, and a push of the same file does nothing.
"""

from dataclasses import dataclass

from db.catalogue import PLANS, PRICES, put_portal_configuration
from db.database import Database
from services.catalogue import records
from services.catalogue.file import CatalogueFile
from services.catalogue.stripe_side import Offer, StripeSide
from services.clock import Clock
from services.stripe_gateway import StripeGateway


@dataclass(frozen=True, slots=True)
class PushReport:
    """What a push has changed, a line each: nothing, the second time."""

    changes: tuple[str, ...]


async def push(
    file: CatalogueFile, *, database: Database, gateway: StripeGateway, clock: Clock
) -> PushReport:
    """See the module.

    Raises:
        StripeUnavailableError: Stripe gives no answer; push again.
        StripeRefusedError: Stripe does not accept something in the file.
    """
    stripe_side = StripeSide(gateway)
    offers = await _offer(file, stripe_side, database=database)
    portal_id = await stripe_side.put_portal()
    async with database.begin() as transaction:
        written = await records.write(transaction, file, offers, now=clock.now())
        if await put_portal_configuration(transaction, portal_id):
            written.append(f"billing portal offers what {portal_id} says")
    for offer in offers:
        await stripe_side.archive_prices(offer.superseded)
    for product_id in await _archived_products(database):
        await stripe_side.archive_product(product_id)
    return PushReport((*stripe_side.changes, *written))


async def _offer(
    file: CatalogueFile, stripe_side: StripeSide, *, database: Database
) -> list[Offer]:
    on_sale = {
        row["stripe_price_id"] for row in await database.fetch(PRICES) if not row["archived_at"]
    }
    return [await stripe_side.offer(plan, on_sale=on_sale) for plan in file.plans if plan.prices()]


async def _archived_products(database: Database) -> list[str]:
    return [
        row["stripe_product_id"]
        for row in await database.fetch(PLANS)
        if row["archived_at"] and row["stripe_product_id"]
    ]
