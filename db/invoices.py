"""Invoices: reading them, and the mirror's rows under the organization's lock."""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, bindparam, func, select, update

from db.database import Transaction
from db.enums import SETTLED_INVOICE, InvoiceStatus
from db.models import Invoice
from db.pages import PARENT, paged_for_each_parent
from db.statements import AnySelect, Statement

_SHOWN = Invoice.status != InvoiceStatus.DRAFT


def _viewed() -> AnySelect:
    return select(
        Invoice.organization_id,
        Invoice.id,
        Invoice.number,
        Invoice.status,
        Invoice.currency,
        Invoice.subtotal,
        Invoice.discount,
        Invoice.tax,
        Invoice.total,
        Invoice.amount_due,
        Invoice.amount_paid,
        Invoice.issued_at,
        Invoice.period_start,
        Invoice.period_end,
        Invoice.hosted_url,
        Invoice.pdf_url,
        Invoice.lines,
    )


@cache
def page(*, after: bool) -> Statement:
    """A page of the invoices of each of `:parent_ids`, newest first."""
    inner = _viewed().where(Invoice.organization_id == PARENT, _SHOWN)
    order: list[ColumnElement[Any]] = [Invoice.issued_at.expression, Invoice.id.expression]
    return Statement(paged_for_each_parent(inner, order=order, after=after, descending=True))


COUNT = Statement(
    select(Invoice.organization_id, func.count().label("total"))
    .where(Invoice.organization_id == func.any(bindparam("parent_ids", type_=ARRAY(Uuid))), _SHOWN)
    .group_by(Invoice.organization_id)
)
"""How many invoices each of `:parent_ids` has had."""

BY_IDS = Statement(
    _viewed().where(
        Invoice.organization_id == func.any(bindparam("organization_ids", type_=ARRAY(Uuid))),
        Invoice.id == func.any(bindparam("ids", type_=ARRAY(Uuid))),
        _SHOWN,
    )
)
"""The invoices of `:ids`; their organizations stand in `:organization_ids`."""


async def get_fetch_bound(transaction: Transaction, organization_id: UUID) -> datetime | None:
    """From when on Stripe may have invoices that are new or have changed; None: all of them."""
    unsettled = Invoice.status.not_in(SETTLED_INVOICE) & ~Invoice.abandoned
    oldest, newest = func.min(Invoice.issued_at).filter(unsettled), func.max(Invoice.issued_at)
    statement = select(func.coalesce(oldest, newest)).where(
        Invoice.organization_id == organization_id
    )
    return (await transaction.session.execute(statement)).scalar_one()


async def list_mirrored(
    transaction: Transaction, organization_id: UUID, *, stripe_ids: Collection[str]
) -> dict[str, Invoice]:
    """The mirrored ones of these invoices, by Stripe's id."""
    statement = select(Invoice).where(
        Invoice.organization_id == organization_id, Invoice.stripe_invoice_id.in_(stripe_ids)
    )
    rows = (await transaction.session.execute(statement)).scalars()
    return {row.stripe_invoice_id: row for row in rows}


async def get_oldest_open(
    transaction: Transaction, organization_id: UUID, *, stripe_subscription_id: str
) -> Invoice | None:
    """What has been due the longest of what is still to be paid for a subscription."""
    statement = (
        select(Invoice)
        .where(
            Invoice.organization_id == organization_id,
            Invoice.stripe_subscription_id == stripe_subscription_id,
            Invoice.status == InvoiceStatus.OPEN,
            ~Invoice.abandoned,
        )
        .order_by(Invoice.issued_at, Invoice.id)
        .limit(1)
    )
    return (await transaction.session.execute(statement)).scalar_one_or_none()


async def abandon_unsettled(transaction: Transaction, organization_id: UUID) -> None:
    """Follow no longer what could still change: its customer was deleted."""
    await transaction.session.execute(
        update(Invoice)
        .where(Invoice.organization_id == organization_id, Invoice.status.not_in(SETTLED_INVOICE))
        .values(abandoned=True)
    )
