"""The mirror of Stripe's subscriptions, under the organization's lock."""

from uuid import UUID

from sqlalchemy import select

from db.database import Database, Transaction
from db.models import SYNC_TICKETS, Organization, Subscription
from db.statements import Statement

_NEXT_TICKET = Statement(select(SYNC_TICKETS.next_value().label("ticket")))


async def take_ticket(database: Database) -> int:
    """A ticket for a fetch (B1). Committed as it is taken: a sequence is never rolled back."""
    row = await database.fetch_row(_NEXT_TICKET)
    assert row is not None
    ticket: int = row["ticket"]
    return ticket


async def get_current(transaction: Transaction, organization_id: UUID) -> Subscription | None:
    """The subscription that counts: the living one, else the one that ended last."""
    statement = select(Subscription).where(
        Subscription.organization_id == organization_id, Subscription.is_current
    )
    return (await transaction.session.execute(statement)).scalar_one_or_none()


async def get_expired(transaction: Transaction, organization_id: UUID) -> Subscription | None:
    """The subscription whose expiry is running: from its end until a renewal."""
    statement = select(Subscription).where(
        Subscription.organization_id == organization_id, Subscription.deactivates_at.is_not(None)
    )
    return (await transaction.session.execute(statement)).scalar_one_or_none()


async def list_mirrored(transaction: Transaction, organization_id: UUID) -> dict[str, Subscription]:
    """Every mirrored subscription, by Stripe's id."""
    statement = select(Subscription).where(Subscription.organization_id == organization_id)
    rows = (await transaction.session.execute(statement)).scalars()
    return {row.stripe_subscription_id: row for row in rows}


async def list_prices(transaction: Transaction, organization_id: UUID) -> dict[str, UUID]:
    """The price of each mirrored subscription, by Stripe's id of the subscription."""
    statement = select(Subscription.stripe_subscription_id, Subscription.price_id).where(
        Subscription.organization_id == organization_id
    )
    rows = await transaction.session.execute(statement)
    return dict(rows.all())


async def get_customer_id(transaction: Transaction, organization_id: UUID) -> str | None:
    """The organization's customer at Stripe."""
    statement = select(Organization.stripe_customer_id).where(Organization.id == organization_id)
    return (await transaction.session.execute(statement)).scalar_one_or_none()
