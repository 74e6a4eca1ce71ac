"""The tables. Every rule that a constraint can hold is a constraint here."""

from db.models.base import Base
from db.models.billing import BillingSession, Intent, Subscription
from db.models.catalogue import Plan, PortalConfiguration, Price
from db.models.invoices import Invoice
from db.models.mail import Mail
from db.models.people import Invitation, Member, Organization, Seat, User
from db.models.quotes import Quote
from db.models.rate_limits import RateCount
from db.models.reconciliation import Finding, Reconciliation, Sighting
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
    "Finding",
    "IdempotencyKey",
    "Intent",
    "Invitation",
    "Invoice",
    "Mail",
    "Member",
    "Organization",
    "Plan",
    "PortalConfiguration",
    "Price",
    "Quote",
    "RateCount",
    "Reconciliation",
    "Seat",
    "Sighting",
    "StripeEvent",
    "Subscription",
    "User",
]
