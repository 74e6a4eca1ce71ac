"""Writing what is paid next, and how, and what is in the way of it: a part of `sync`."""

from collections.abc import Sequence
from typing import Any

from db.enums import InvoiceStatus, SubscriptionStatus
from db.models import Subscription
from services.mirror import set_columns
from services.stripe_gateway import StripeInvoice, StripePaymentMethod
from services.stripe_snapshot import StripeSnapshot

IN_ARREARS = frozenset(
    {SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID, SubscriptionStatus.INCOMPLETE}
)
"""Statuses in which an open invoice keeps the subscription from being in order."""


def write(row: Subscription, snapshot: StripeSnapshot) -> None:
    """Wants `row.status` and its period written before."""
    set_columns(row, payment_method_columns(snapshot.payment_method))
    upcoming = snapshot.next_invoice
    row.next_payment_at = row.current_period_end if upcoming else None
    row.next_payment_amount = upcoming.amount_due if upcoming else None
    owed = _oldest_owed(row, snapshot.invoices) if row.status in IN_ARREARS else None
    row.pay_url = owed.hosted_url if owed else None
    row.payment_failed_at = owed.created_at if owed and owed.hosted_url else None


def payment_method_columns(method: StripePaymentMethod | None) -> dict[str, Any]:
    """What the row has to hold of what is charged, by column."""
    return {
        "payment_brand": method.brand if method else None,
        "payment_last4": method.last4 if method else None,
        "payment_expires_month": method.expires_month if method else None,
        "payment_expires_year": method.expires_year if method else None,
    }


def _oldest_owed(row: Subscription, invoices: Sequence[StripeInvoice]) -> StripeInvoice | None:
    """Invoices that can change are always among those fetched."""
    owed = [
        one
        for one in invoices
        if one.subscription_id == row.stripe_subscription_id and one.status is InvoiceStatus.OPEN
    ]
    return min(owed, key=lambda one: one.created_at, default=None)
