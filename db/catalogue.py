"""Plans and prices: reading them all, and bringing them in line with a catalogue."""

from sqlalchemy import func, select, text

from db.database import Transaction
from db.models import Plan, PortalConfiguration, Price
from db.statements import Statement

CATALOGUE_CHANNEL = "seatwise_catalogue"
"""A notification on it says that plans or prices have changed."""

PLANS = Statement(
    select(
        Plan.code,
        Plan.name,
        Plan.description,
        Plan.features,
        Plan.rank,
        Plan.minimum_seats,
        Plan.maximum_seats,
        Plan.stripe_product_id,
        Plan.archived_at,
    ).order_by(Plan.rank, Plan.code)
)
PRICES = Statement(
    select(
        Price.id,
        Price.plan_code,
        Price.interval,
        Price.currency,
        Price.unit_amount,
        Price.trial_days,
        Price.stripe_price_id,
        Price.archived_at,
    ).order_by(Price.currency, Price.unit_amount, Price.id)
)
"""The cheapest first, currency by currency."""


async def lock(transaction: Transaction) -> None:
    """One catalogue is written at a time; reads go on."""
    await transaction.session.execute(text("LOCK TABLE plans IN SHARE ROW EXCLUSIVE MODE"))


async def get_plans(transaction: Transaction) -> dict[str, Plan]:
    """All plans by their code."""
    plans = (await transaction.session.execute(select(Plan))).scalars()
    return {plan.code: plan for plan in plans}


async def get_prices(transaction: Transaction) -> dict[str, Price]:
    """All prices by their Stripe id."""
    prices = (await transaction.session.execute(select(Price))).scalars()
    return {price.stripe_price_id: price for price in prices}


async def announce(transaction: Transaction) -> None:
    """Tell every process, at commit, to read plans and prices again."""
    await transaction.session.execute(select(func.pg_notify(CATALOGUE_CHANNEL, "")))


async def put_portal_configuration(transaction: Transaction, stripe_configuration_id: str) -> bool:
    """Write what the billing portal offers; whether it changed."""
    row = await transaction.session.get(PortalConfiguration, True)  # the key of its one row
    if row is None:
        row = PortalConfiguration()
        transaction.session.add(row)
    changed = row.stripe_configuration_id != stripe_configuration_id
    row.stripe_configuration_id = stripe_configuration_id
    return changed


async def get_portal_configuration(transaction: Transaction) -> str | None:
    """Stripe's id of what the billing portal offers; None before the catalogue was pushed."""
    statement = select(PortalConfiguration.stripe_configuration_id)
    return (await transaction.session.execute(statement)).scalar_one_or_none()
