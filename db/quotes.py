"""Quotes: reading them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, delete, func, select

from db.database import Transaction
from db.models import Quote
from db.statements import Statement

BY_IDS = Statement(
    select(
        Quote.organization_id,
        Quote.id,
        Quote.expires_at,
        Quote.price_id,
        Quote.seats,
        Quote.timing,
        Quote.effective_at,
        Quote.currency,
        Quote.lines,
        Quote.discount_now,
        Quote.tax_now,
        Quote.due_now,
        Quote.next_invoice_at,
        Quote.next_invoice_total,
        Quote.losing_member_ids,
    ).where(
        Quote.organization_id == func.any(bindparam("organization_ids", type_=ARRAY(Uuid))),
        Quote.id == func.any(bindparam("ids", type_=ARRAY(Uuid))),
    )
)
"""The quotes of `:ids`; their organizations stand in `:organization_ids`."""


async def get(transaction: Transaction, organization_id: UUID, quote_id: UUID) -> Quote | None:
    """A quote of the organization."""
    return await transaction.session.get(Quote, (organization_id, quote_id))


async def delete_older(transaction: Transaction, organization_id: UUID, *, than: datetime) -> None:
    """Forget the quotes that ended before `than`."""
    await transaction.session.execute(
        delete(Quote)
        .where(Quote.organization_id == organization_id, Quote.expires_at < than)
        .execution_options(synchronize_session=False)
    )
