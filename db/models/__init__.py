"""The tables. Every rule that a constraint can hold is a constraint here."""

from db.models.base import Base
from db.models.billing import BillingSession, Intent, Subscription
from db.models.catalogue import Plan, Price
from db.models.people import Invitation, Member, Organization, Seat, User
from db.models.records import (
    SYNC_TICKETS,
    AuditEvent,
    ClockOffset,
    IdempotencyKey,
    StripeEvent,
)

__all__ = [
    "SYNC_TICKETS",
    "AuditEvent",
    "Base",
    "BillingSession",
    "ClockOffset",
    "IdempotencyKey",
    "Intent",
    "Invitation",
    "Member",
    "Organization",
    "Plan",
    "Price",
    "Seat",
    "StripeEvent",
    "Subscription",
    "User",
]
