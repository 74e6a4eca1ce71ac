"""How well an organization's billing is in step with Stripe: read from what was written down."""

from sqlalchemy import ARRAY, Uuid, bindparam, func, select, true

from db.enums import StripeEventState
from db.models import Organization, Reconciliation, StripeEvent
from db.statements import Statement


def _of_organizations() -> Statement:
    of_customer = StripeEvent.stripe_customer_id == Organization.stripe_customer_id
    newest = (
        select(StripeEvent.received_at, StripeEvent.stripe_created_at, StripeEvent.closed_at)
        .where(of_customer)
        .order_by(StripeEvent.received_at.desc())
        .limit(1)
        .lateral("newest")
    )
    waiting = (
        select(func.min(StripeEvent.stripe_created_at).label("since"))
        .where(of_customer, StripeEvent.state == StripeEventState.RECEIVED)
        .lateral("waiting")
    )
    reconciled = (
        select(func.max(Reconciliation.finished_at).label("at"))
        .where(
            ~Reconciliation.dry_run,
            Reconciliation.organization_id.is_(None)
            | (Reconciliation.organization_id == Organization.id),
        )
        .lateral("reconciled")
    )
    return Statement(
        select(
            Organization.id,
            Organization.synced_at,
            newest.c.received_at.label("last_event_at"),
            newest.c.stripe_created_at.label("last_event_created_at"),
            newest.c.closed_at.label("last_event_closed_at"),
            waiting.c.since.label("waiting_since"),
            reconciled.c.at.label("reconciled_at"),
        )
        .select_from(Organization)
        .outerjoin(newest, true())
        .join(waiting, true())
        .join(reconciled, true())
        .where(Organization.id == func.any(bindparam("parent_ids", type_=ARRAY(Uuid))))
    )


OF_ORGANIZATIONS = _of_organizations()
"""Webhooks, the last fetch and the last comparison of each of `:parent_ids`."""
