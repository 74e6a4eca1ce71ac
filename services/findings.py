"""What needs a person: judged by `sync`, from what Stripe says now about an organization."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from db import findings
from db.database import Transaction
from db.enums import DEAD, FindingKind
from db.findings import NewFinding
from db.models import Finding, Organization
from services import audit
from services.actors import SYSTEM
from services.stripe_snapshot import StripeSnapshot

RESOLUTIONS: dict[FindingKind, str] = {
    FindingKind.DRIFT: "Nothing: what Stripe says is fetched again.",
    FindingKind.SEVERAL_LIVING_SUBSCRIPTIONS: (
        "Cancel in Stripe's dashboard the subscription that does not count, and refund it."
    ),
    FindingKind.UNKNOWN_PRICE: (
        "Give the subscription a price of the catalogue in Stripe's dashboard, or let the catalogue"
        " take its price over (docs/reconciling.md). Until then it counts with the plan it had"
        " before, and entitles nobody if it had none."
    ),
    FindingKind.CUSTOMER_DELETED: (
        "Tell the organization to select a plan again: somebody has deleted the customer at"
        " Stripe, and the subscription has ended with it. The next purchase makes a new customer,"
        " and this finding goes."
    ),
    FindingKind.SUBSCRIBED_AFTER_DELETION: (
        "Cancel the subscription in Stripe's dashboard: the organization is deleted, and is"
        " charged nevertheless."
    ),
}
"""What a person does about each, for people."""


async def write(
    transaction: Transaction, organization: Organization, snapshot: StripeSnapshot, *, now: datetime
) -> None:
    """Open what is found and was not, close what is gone; drift is repaired by now."""
    found = {(one.kind, one.subject): one for one in _judge(organization, snapshot)}
    open_before = await findings.list_open(transaction, organization.id)
    for row in open_before:
        if found.pop((row.kind, row.subject), None) is None:
            row.closed_at = now
            _tell_closed(transaction, row, now=now)
    if found:
        await findings.open_all(transaction, found.values(), now=now)
        _tell_opened(transaction, organization, found.values(), now=now)


def _judge(organization: Organization, snapshot: StripeSnapshot) -> Iterator[NewFinding]:
    def found(kind: FindingKind, subject: str, **details: Any) -> NewFinding:
        return NewFinding(organization.id, kind, subject, details)

    chosen = snapshot.chosen
    for one in snapshot.living:
        if chosen is not None and one.id != chosen.id:
            kind = FindingKind.SEVERAL_LIVING_SUBSCRIPTIONS
            yield found(kind, one.id, counts=chosen.id, status=one.status)
        if organization.deleted_at is not None:
            yield found(FindingKind.SUBSCRIBED_AFTER_DELETION, one.id, status=one.status)
    if chosen is not None and chosen.status not in DEAD and not snapshot.price_is_known:
        details = {"price": chosen.stripe_price_id, "product": chosen.stripe_product_id}
        yield found(FindingKind.UNKNOWN_PRICE, chosen.id, **details)
    if snapshot.customer is not None and snapshot.customer.is_deleted:
        yield found(FindingKind.CUSTOMER_DELETED, snapshot.customer.id)


def _tell_opened(
    transaction: Transaction,
    organization: Organization,
    found: Iterable[NewFinding],
    *,
    now: datetime,
) -> None:
    for one in found:
        audit.record(
            transaction,
            organization.id,
            actor=SYSTEM,
            action="finding.opened",
            target=("Organization", organization.id),
            at=now,
            after={"kind": one.kind, "subject": one.subject, **one.details},
        )
    transaction.announce(organization.id, "BILLING")


def _tell_closed(transaction: Transaction, row: Finding, *, now: datetime) -> None:
    is_drift = row.kind is FindingKind.DRIFT
    audit.record(
        transaction,
        row.organization_id,
        actor=SYSTEM,
        action="mirror.repaired" if is_drift else "finding.closed",
        target=("Organization", row.organization_id),
        at=now,
        before={"kind": row.kind, "subject": row.subject, **row.details},
    )
    transaction.announce(row.organization_id, "BILLING")
