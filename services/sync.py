"""`sync`: the one function that writes what Stripe says into our tables (B1).

It takes a ticket, then fetches, then writes under the organization's lock, unless a later one has
written: of two fetches the one that began later wins, however slow the other one is. Webhooks,
return legs, mutations and the reconciler all call it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from db import billing_sessions, organizations, subscriptions
from db.database import Database, Transaction
from db.enums import DEAD, BillingSessionStatus
from db.models import Organization, Subscription
from services import audit, mirror
from services.actors import STRIPE
from services.catalogue import Catalogue
from services.clock import Clock
from services.stripe_gateway import CheckoutSession, StripeGateway, StripeSubscription
from services.stripe_writes import close_billing_session
from services.views import PriceView

log = structlog.get_logger(__name__)


class UnknownPriceError(Exception):
    """The organization has something that is not in our catalogue: a person has to look."""


@dataclass(frozen=True, slots=True)
class _Fetched:
    """What Stripe says now about a customer."""

    ticket: int
    subscriptions: tuple[StripeSubscription, ...]
    chosen: StripeSubscription | None
    price: PriceView | None
    checkout: CheckoutSession | None


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
        self._gateway = gateway
        self._clock = clock
        self._catalogue = catalogue
        self._grace = grace

    async def sync(self, organization_id: UUID) -> None:
        """Fetch what Stripe says about the organization, and write it unless newer is written.

        Raises `StripeUnavailableError` when Stripe does not answer; nothing is written then.
        """
        ticket = await subscriptions.take_ticket(self._database)
        async with self._database.begin() as transaction:
            customer_id = await subscriptions.get_customer_id(transaction, organization_id)
            session = await billing_sessions.get_open_checkout(transaction, organization_id)
        if customer_id is None:
            return
        session_id = session.stripe_session_id if session else None
        fetched = await self._fetch(ticket, customer_id=customer_id, session_id=session_id)
        await self._write(organization_id, fetched)

    async def _fetch(self, ticket: int, *, customer_id: str, session_id: str | None) -> _Fetched:
        found = await self._gateway.list_subscriptions(customer_id)
        checkout = await self._gateway.get_checkout_session(session_id) if session_id else None
        chosen = mirror.choose(found)
        price = await self._price_of(chosen) if chosen else None
        return _Fetched(ticket, found, chosen, price, checkout)

    async def _price_of(self, subscription: StripeSubscription) -> PriceView:
        snapshot = await self._catalogue.snapshot()
        price = snapshot.price_of_stripe(subscription.stripe_price_id)
        if price is None:
            snapshot = await self._catalogue.refresh()
            price = snapshot.price_of_stripe(subscription.stripe_price_id)
        if price is None:
            raise UnknownPriceError(f"{subscription.id} has price {subscription.stripe_price_id}")
        return price

    async def _write(self, organization_id: UUID, fetched: _Fetched) -> None:
        now = self._clock.now()
        async with self._database.begin() as transaction:
            organization = await organizations.lock(transaction, organization_id)
            assert organization is not None, "organizations are never deleted, only marked"
            if organization.synced_ticket > fetched.ticket:
                return
            organization.synced_ticket = fetched.ticket
            organization.synced_at = now
            await self._write_subscriptions(transaction, organization, fetched, now=now)
            if fetched.checkout is not None:
                await _write_checkout(transaction, organization, fetched.checkout, now=now)

    async def _write_subscriptions(
        self,
        transaction: Transaction,
        organization: Organization,
        fetched: _Fetched,
        *,
        now: datetime,
    ) -> None:
        if fetched.chosen is None or fetched.price is None:
            return
        mirrored = await subscriptions.list_mirrored(transaction, organization.id)
        await _close_others(transaction, mirrored, fetched.subscriptions, chosen=fetched.chosen.id)
        row = mirrored.get(fetched.chosen.id)
        before = mirror.summary(row)
        if row is None:
            row = Subscription(
                organization_id=organization.id,
                stripe_subscription_id=fetched.chosen.id,
                was_entitled=False,
            )
            transaction.session.add(row)
        row.is_current = True
        mirror.write(row, fetched.chosen, price=fetched.price, now=now, grace=self._grace)
        if organization.currency is None:
            organization.currency = fetched.price.currency
        await transaction.session.flush()
        if (after := mirror.summary(row)) != before:
            _tell(transaction, row, before=before, after=after, now=now)


async def _close_others(
    transaction: Transaction,
    mirrored: dict[str, Subscription],
    fetched: Sequence[StripeSubscription],
    *,
    chosen: str,
) -> None:
    """Those that do not count keep their end; a living one that does not count is no mirror."""
    by_id = {one.id: one for one in fetched}
    for stripe_id, row in mirrored.items():
        if stripe_id == chosen:
            continue
        row.is_current = False
        now_at_stripe = by_id.get(stripe_id)
        if now_at_stripe is not None and now_at_stripe.status in DEAD:
            row.status = now_at_stripe.status
            row.ended_at = now_at_stripe.ended_at or row.ended_at
        elif row.status not in DEAD:
            await transaction.session.delete(row)
    await transaction.session.flush()
    living = [one.id for one in fetched if one.status not in DEAD]
    if len(living) > 1:
        log.warning("sync.several_living_subscriptions", subscriptions=living, counts=chosen)


async def _write_checkout(
    transaction: Transaction,
    organization: Organization,
    fetched: CheckoutSession,
    *,
    now: datetime,
) -> None:
    session = await billing_sessions.get_open_checkout(transaction, organization.id)
    if session is None or session.stripe_session_id != fetched.id:
        return
    if fetched.status is not BillingSessionStatus.OPEN:
        close_billing_session(session, fetched.status, now=now)
        transaction.announce(organization.id, "BILLING")


def _tell(
    transaction: Transaction,
    row: Subscription,
    *,
    before: dict[str, object] | None,
    after: dict[str, object] | None,
    now: datetime,
) -> None:
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
    transaction.announce(row.organization_id, "SUBSCRIPTION", "SEATS")
