"""A customer who was deleted at Stripe: the organization lets go of it, a part of `sync`.

Stripe ends the subscriptions of a customer who is deleted, and brings neither back. The next
purchase makes a new customer (`services.checkout`); what was mirrored of the old one stays.
"""

from datetime import datetime

from db import billing_sessions, invoices
from db.database import Transaction
from db.enums import BillingSessionStatus
from db.models import Organization
from services import audit
from services.actors import STRIPE
from services.settling import close_billing_session


async def detach(transaction: Transaction, organization: Organization, *, now: datetime) -> None:
    """Own no customer any more. Wants the lock, and the end of its subscriptions written."""
    for session in await billing_sessions.list_open(transaction, organization.id):
        close_billing_session(session, BillingSessionStatus.EXPIRED, now=now)
    await invoices.abandon_unsettled(transaction, organization.id)
    audit.record(
        transaction,
        organization.id,
        actor=STRIPE,
        action="customer.deleted",
        target=("Organization", organization.id),
        at=now,
        before={"stripeCustomerId": organization.stripe_customer_id},
    )
    organization.stripe_customer_id = None
    transaction.announce(organization.id, "BILLING")
