"""From the mirror's rows to what is shown of a subscription."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from db.database import Row
from db.enums import PendingChangeKind, SubscriptionStatus
from db.models import Subscription
from services.catalogue import CatalogueSnapshot
from services.views import (
    NextPaymentView,
    PaymentIssueView,
    PaymentMethodView,
    PendingChangeView,
    SubscriptionView,
)

Get = Callable[[str], Any]
"""Gives a column of the mirror by its name."""

_JOINED = {column.key: f"subscription_{column.key}" for column in Subscription.__table__.columns}
"""What those columns are called in a row that was read with its organization."""


def subscription_view(row: Subscription, snapshot: CatalogueSnapshot) -> SubscriptionView:
    """What is shown of a mirrored subscription."""
    return _view(row.organization_id, lambda name: getattr(row, name), snapshot)


def joined_subscription_view(row: Row, snapshot: CatalogueSnapshot) -> SubscriptionView | None:
    """What is shown of the one that was read with its organization (`db.organizations`)."""
    if row["subscription_id"] is None:
        return None
    return _view(row["id"], lambda name: row[_JOINED[name]], snapshot)


def _view(organization_id: UUID, get: Get, snapshot: CatalogueSnapshot) -> SubscriptionView:
    price = snapshot.price(get("price_id"))
    return SubscriptionView(
        organization_id,
        get("id"),
        SubscriptionStatus(get("status")),
        snapshot.plan(price.plan_code),
        price,
        get("seats"),
        get("current_period_start"),
        get("current_period_end"),
        get("trial_ends_at"),
        get("ends_at"),
        get("ended_at"),
        _pending_change(get, snapshot),
        _next_payment(get, currency=price.currency),
        _payment_method(get),
        _payment_issue(get),
    )


def _pending_change(get: Get, snapshot: CatalogueSnapshot) -> PendingChangeView | None:
    kind = get("pending_kind")
    if kind is None:
        return None
    price = snapshot.price(get("pending_price_id"))
    return PendingChangeView(
        PendingChangeKind(kind),
        snapshot.plan(price.plan_code),
        price,
        get("pending_seats"),
        get("pending_effective_at"),
        get("pending_expires_at"),
        get("pending_pay_url"),
    )


def _next_payment(get: Get, *, currency: str) -> NextPaymentView | None:
    at = get("next_payment_at")
    return NextPaymentView(at, get("next_payment_amount"), currency) if at else None


def _payment_method(get: Get) -> PaymentMethodView | None:
    brand = get("payment_brand")
    if brand is None:
        return None
    return PaymentMethodView(
        brand, get("payment_last4"), get("payment_expires_month"), get("payment_expires_year")
    )


def _payment_issue(get: Get) -> PaymentIssueView | None:
    url = get("pay_url")
    return PaymentIssueView(url, get("payment_failed_at")) if url else None
