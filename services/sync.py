"""`sync`: the one function that writes what Stripe says into our tables (B1).

It takes a ticket, then fetches, then writes under the organization's lock, unless a later one has
written: of two fetches the one that began later wins, however slow the other one is. Webhooks,
return legs, mutations and the reconciler all call it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from db import billing_sessions, intents, invoices, organizations, subscriptions
from db.database import Database, Transaction
from db.enums import DEAD, BillingSessionStatus, FindingKind
from db.models import Organization, Subscription
from services import (
    audit,
    deleted_customers,
    findings,
    invoice_mirror,
    mirror,
    payment_mirror,
    pending_mirror,
    renewal,
)
from services.actors import STRIPE
from services.catalogue import Catalogue
from services.clock import Clock
from services.jobs import RELEASE_SCHEDULE
from services.seat_allotment import reduce_seats
from services.settling import close_billing_session
from services.stripe_gateway import StripeGateway, StripeSubscription
from services.stripe_snapshot import CheckoutSeen, CustomerReference, SnapshotReader, StripeSnapshot


class UnknownPriceError(Exception):
    """The organization has something that is not in our catalogue: a person has to look."""

    def __init__(self, subscription: StripeSubscription) -> None:
        super().__init__(f"{subscription.id} has price {subscription.stripe_price_id}")
        self.facts = {
            "subscription": subscription.id,
            "price": subscription.stripe_price_id,
            "remedy": findings.RESOLUTIONS[FindingKind.UNKNOWN_PRICE],
        }


class SyncService:
    """Keeps the mirror."""

    def __init__(
        self,
        database: Database,
        gateway: StripeGateway,
        clock: Clock,
        catalogue: Catalogue,
        *,
        grace: timedelta,
    ) -> None:
        self._database = database
        self._reader = SnapshotReader(gateway, catalogue)
        self._clock = clock
        self._grace = grace

    async def sync(self, organization_id: UUID) -> None:
        """Fetch what Stripe says about the organization, and write it unless newer is written.

        Raises:
            StripeUnavailableError: Stripe does not answer; nothing is written.
            UnknownPriceError: the subscription that counts cannot be mirrored, since it never had a
                price that we know; a finding says so.
        """
        ticket = await subscriptions.take_ticket(self._database)
        async with self._database.begin() as transaction:
            reference = await _reference(transaction, organization_id)
        if reference is None:
            return
        snapshot = await self._reader.read(ticket, reference)
        await self._write(organization_id, snapshot)
        if snapshot.chosen is not None and snapshot.price is None:
            raise UnknownPriceError(snapshot.chosen)

    async def _write(self, organization_id: UUID, snapshot: StripeSnapshot) -> None:
        """The time is read with the lock held, so that the ledger's moments follow each other."""
        async with self._database.begin() as transaction:
            organization = await organizations.lock(transaction, organization_id)
            assert organization is not None, "organizations are never deleted, only marked"
            now = self._clock.now()
            if organization.synced_ticket > snapshot.ticket:
                return
            if organization.stripe_customer_id != snapshot.customer_id:
                return  # it was found deleted, and perhaps replaced, while Stripe was asked
            organization.synced_ticket = snapshot.ticket
            organization.synced_at = now
            await invoice_mirror.write(transaction, organization_id, snapshot.invoices, now=now)
            await self._write_subscriptions(transaction, organization, snapshot, now=now)
            if snapshot.checkout is not None:
                await _write_checkout(transaction, organization, snapshot.checkout, now=now)
            await findings.write(transaction, organization, snapshot, now=now)
            if snapshot.customer_is_gone:
                await deleted_customers.detach(transaction, organization, now=now)

    async def _write_subscriptions(
        self,
        transaction: Transaction,
        organization: Organization,
        snapshot: StripeSnapshot,
        *,
        now: datetime,
    ) -> None:
        if snapshot.chosen is None or snapshot.price is None or snapshot.plan is None:
            return
        chosen = snapshot.chosen
        mirrored = await subscriptions.list_mirrored(transaction, organization.id)
        was_expired = renewal.running_expiry(mirrored.values()) is not None
        await _close_others(transaction, mirrored, snapshot.subscriptions, chosen=chosen)
        row = mirrored.get(chosen.id)
        before = mirror.summary(row)
        failed_before = row.payment_failed_at if row else None
        scheduled = pending_mirror.scheduled_change(row) if row else None
        if row is None:
            row = _new_row(transaction, organization, stripe_id=chosen.id)
        row.is_current = True
        mirror.write(row, chosen, price=snapshot.price, now=now, grace=self._grace)
        pending_mirror.write(row, snapshot)
        payment_mirror.write(row, snapshot)
        _write_firsts(organization, snapshot)
        if transaction.session.is_modified(row):
            await transaction.session.flush()
            _tell(transaction, row, before=before, now=now)
        limit = min(snapshot.plan.maximum_seats, row.seats)
        await renewal.follow(transaction, row, was_expired=was_expired, limit=limit, now=now)
        if row.payment_failed_at != failed_before:
            await renewal.tell_of_failed_payment(transaction, row)
        if intent_id := pending_mirror.took_effect(scheduled, row, chosen):
            await _finish_scheduled(transaction, row, intent_id=intent_id, limit=limit, now=now)


async def _reference(transaction: Transaction, organization_id: UUID) -> CustomerReference | None:
    customer_id = await subscriptions.get_customer_id(transaction, organization_id)
    if customer_id is None:
        return None
    session = await billing_sessions.get_open_checkout(transaction, organization_id)
    return CustomerReference(
        organization_id=organization_id,
        customer_id=customer_id,
        checkout_session_id=session.stripe_session_id if session else None,
        invoices_from=await invoices.get_fetch_bound(transaction, organization_id),
        held_prices=await subscriptions.list_prices(transaction, organization_id),
    )


def _new_row(
    transaction: Transaction, organization: Organization, *, stripe_id: str
) -> Subscription:
    row = Subscription(
        organization_id=organization.id, stripe_subscription_id=stripe_id, was_entitled=False
    )
    transaction.session.add(row)
    return row


def _write_firsts(organization: Organization, snapshot: StripeSnapshot) -> None:
    """The currency of the first purchase is kept, and the one trial is used up."""
    if organization.currency is None and snapshot.price is not None:
        organization.currency = snapshot.price.currency
    if organization.trial_began_at is None:
        trials = [one.trial_began_at for one in snapshot.subscriptions if one.trial_began_at]
        organization.trial_began_at = min(trials, default=None)


async def _finish_scheduled(
    transaction: Transaction, row: Subscription, *, intent_id: UUID, limit: int, now: datetime
) -> None:
    """A scheduled change of ours took effect: seats go by S5, its schedule has done its work."""
    intent = await intents.find(transaction, row.organization_id, intent_id)
    if intent is None:
        return  # the schedule says it was ours, but nobody here announced it: an edit by hand
    keep = {UUID(one) for one in intent.parameters["keep_member_ids"]}
    await reduce_seats(transaction, row.organization_id, limit=limit, keep=keep, now=now)
    if row.stripe_schedule_id is not None:
        payload = {"organization_id": str(row.organization_id)}
        await transaction.enqueue(RELEASE_SCHEDULE, payload)


async def _close_others(
    transaction: Transaction,
    mirrored: dict[str, Subscription],
    fetched: Sequence[StripeSubscription],
    *,
    chosen: StripeSubscription,
) -> None:
    """Those that do not count keep their end; a living one that does not count is no mirror."""
    by_id = {one.id: one for one in fetched}
    supersedes = mirror.was_entitled(mirrored.get(chosen.id), chosen)
    for stripe_id, row in mirrored.items():
        if stripe_id == chosen.id:
            continue
        row.is_current = False
        if supersedes:
            mirror.end_expiry(row)
        now_at_stripe = by_id.get(stripe_id)
        if now_at_stripe is not None and now_at_stripe.status in DEAD:
            row.status = now_at_stripe.status
            row.ended_at = now_at_stripe.ended_at or row.ended_at
        elif row.status not in DEAD:
            await transaction.session.delete(row)
    await transaction.session.flush()


async def _write_checkout(
    transaction: Transaction,
    organization: Organization,
    seen: CheckoutSeen,
    *,
    now: datetime,
) -> None:
    session = await billing_sessions.get_open_checkout(transaction, organization.id)
    if session is None or session.stripe_session_id != seen.session_id:
        return
    if seen.status is not BillingSessionStatus.OPEN:
        close_billing_session(session, seen.status, now=now)
        transaction.announce(organization.id, "BILLING")


def _tell(
    transaction: Transaction,
    row: Subscription,
    *,
    before: dict[str, object] | None,
    now: datetime,
) -> None:
    """Live clients of whatever is shown, as another card; the audit log of what was agreed on."""
    transaction.announce(row.organization_id, "SUBSCRIPTION")
    if (after := mirror.summary(row)) == before:
        return
    audit.record(
        transaction,
        row.organization_id,
        actor=STRIPE,
        action="subscription.created" if before is None else "subscription.changed",
        target=("Subscription", row.id),
        at=now,
        before=before,
        after=after,
    )
    transaction.announce(row.organization_id, "SEATS")
