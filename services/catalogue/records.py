"""The catalogue in our tables."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from db import catalogue as tables
from db.database import Transaction
from db.models import Plan, Price
from services.catalogue.file import CatalogueFile, PriceTerms
from services.catalogue.stripe_side import Offer


async def write(
    transaction: Transaction, file: CatalogueFile, offers: Iterable[Offer], *, now: datetime
) -> list[str]:
    """Bring plans and prices in line with the file; returns what was changed, a line each."""
    offered = {offer.plan.code: offer for offer in offers}
    await tables.lock(transaction)
    changes = await _write_plans(transaction, file, offered, now=now)
    changes += await _write_prices(transaction, offered, now=now)
    if changes:
        await tables.announce(transaction)
    return changes


async def _write_plans(
    transaction: Transaction, file: CatalogueFile, offered: dict[str, Offer], *, now: datetime
) -> list[str]:
    rows = await tables.get_plans(transaction)
    changes = []
    for rank, plan in enumerate(file.plans):
        row = rows.pop(plan.code, None) or Plan(code=plan.code)
        offer = offered.get(plan.code)
        values = {
            "name": plan.name,
            "description": plan.description,
            "features": plan.features,
            "rank": rank,
            "minimum_seats": plan.minimum_seats,
            "maximum_seats": plan.maximum_seats,
            "stripe_product_id": offer.product_id if offer else None,
            "archived_at": None,
        }
        transaction.session.add(row)
        if _assign(row, values):
            changes.append(f"plan {plan.code} written")
    for row in rows.values():
        if row.archived_at is None:
            row.archived_at = now
            changes.append(f"plan {row.code} archived")
    await transaction.session.flush()
    return changes


async def _write_prices(
    transaction: Transaction, offered: dict[str, Offer], *, now: datetime
) -> list[str]:
    """First what is off sale, then what is on: of one kind, only one price can be on sale."""
    rows = await tables.get_prices(transaction)
    on_sale = {
        price_id: (terms, offer.plan.trial_days)
        for offer in offered.values()
        for terms, price_id in offer.price_ids.items()
    }
    changes = []
    for row in rows.values():
        if row.archived_at is None and row.stripe_price_id not in on_sale:
            row.archived_at = now
            changes.append(f"price {row.stripe_price_id} archived")
    await transaction.session.flush()
    for price_id, (terms, trial_days) in on_sale.items():
        row = rows.get(price_id) or _new_price(terms, stripe_price_id=price_id)
        transaction.session.add(row)
        if _assign(row, {"trial_days": trial_days, "archived_at": None}):
            changes.append(f"price {terms.lookup_key} written as {price_id}")
    await transaction.session.flush()
    return changes


def _new_price(terms: PriceTerms, *, stripe_price_id: str) -> Price:
    return Price(
        plan_code=terms.plan_code,
        interval=terms.interval,
        currency=terms.currency,
        unit_amount=terms.unit_amount,
        stripe_price_id=stripe_price_id,
    )


def _assign(row: Plan | Price, values: dict[str, Any]) -> bool:
    """Set what differs; whether anything did."""
    different = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in different.items():
        setattr(row, name, value)
    return bool(different)
