"""What Stripe says now about a customer, fetched for `sync`. Nothing is written here."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from db.enums import DEAD, ENTITLED, BillingSessionStatus
from services.catalogue import Catalogue
from services.mirror import choose, is_ours
from services.stripe_gateway import (
    StripeCustomer,
    StripeGateway,
    StripeInvoice,
    StripePaymentMethod,
    StripeRefusedError,
    StripeSubscription,
    StripeTerms,
)
from services.views import PlanView, PriceView

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerReference:
    """Whom to ask about: what we know of a customer before the fetch."""

    organization_id: UUID
    customer_id: str
    checkout_session_id: str | None
    invoices_from: datetime | None
    held_prices: Mapping[str, UUID]
    """The price of each mirrored subscription, by Stripe's id of the subscription."""


@dataclass(frozen=True, slots=True)
class CheckoutSeen:
    """What became of a checkout of ours. One that Stripe does not know is over, too."""

    session_id: str
    status: BillingSessionStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeSnapshot:
    """The answer, as of one fetch. `chosen` is the subscription that counts."""

    ticket: int
    customer_id: str
    subscriptions: tuple[StripeSubscription, ...]
    """Without those of other products that the same customer has."""
    chosen: StripeSubscription | None
    price: PriceView | None
    """Its price; one that is not in the catalogue counts as the price it had before, if any."""
    price_is_known: bool
    plan: PlanView | None
    next_price: PriceView | None
    """The price that a pending change leads to."""
    next_invoice: StripeInvoice | None
    invoices: tuple[StripeInvoice, ...]
    checkout: CheckoutSeen | None
    """The one that was open when Stripe was asked, if any."""
    customer: StripeCustomer | None
    """Asked for where no subscription lives, or the one that counts has no card of its own."""

    @property
    def living(self) -> tuple[StripeSubscription, ...]:
        """The subscriptions that are not over; there should be one at most."""
        return tuple(one for one in self.subscriptions if one.status not in DEAD)

    @property
    def customer_is_gone(self) -> bool:
        """Whether the customer was deleted, and their subscriptions are seen to have ended."""
        return self.customer is not None and self.customer.is_deleted and not self.living

    @property
    def payment_method(self) -> StripePaymentMethod | None:
        """What the subscription that counts is charged to."""
        own = self.chosen.payment_method if self.chosen else None
        return own or (self.customer.payment_method if self.customer else None)


class SnapshotReader:
    """Asks Stripe, in as few rounds as the answers depend on each other."""

    def __init__(self, gateway: StripeGateway, catalogue: Catalogue) -> None:
        self._gateway = gateway
        self._catalogue = catalogue

    async def read(self, ticket: int, reference: CustomerReference) -> StripeSnapshot:
        """Raises `StripeUnavailableError` when Stripe does not answer."""
        listed = await self._gateway.list_subscriptions(reference.customer_id)
        found = tuple(
            one
            for one in listed
            if is_ours(one, reference.organization_id, is_mirrored=one.id in reference.held_prices)
        )
        chosen = choose(found)
        known = await self._find_price(chosen.stripe_price_id) if chosen else None
        price = known or await self._held_price(chosen, reference)
        plan = (await self._catalogue.snapshot()).plan(price.plan_code) if price else None
        invoices, checkout, customer, next_invoice = await asyncio.gather(
            self._gateway.list_invoices(
                reference.customer_id, created_from=reference.invoices_from
            ),
            self._checkout(reference.checkout_session_id),
            self._customer(reference.customer_id, chosen),
            self._next_invoice(chosen),
        )
        return StripeSnapshot(
            ticket=ticket,
            customer_id=reference.customer_id,
            subscriptions=found,
            chosen=chosen,
            price=price,
            price_is_known=known is not None,
            plan=plan,
            next_price=await self._next_price(chosen, price),
            next_invoice=next_invoice,
            invoices=invoices,
            checkout=checkout,
            customer=customer,
        )

    async def _checkout(self, session_id: str | None) -> CheckoutSeen | None:
        if session_id is None:
            return None
        found = await self._gateway.get_checkout_session(session_id)
        if found is None:
            log.warning("sync.unknown_checkout", checkout=session_id)
            return CheckoutSeen(session_id, BillingSessionStatus.EXPIRED)
        return CheckoutSeen(session_id, found.status)

    async def _customer(
        self, customer_id: str, chosen: StripeSubscription | None
    ) -> StripeCustomer | None:
        """A customer with a living subscription was not deleted: that ends them all."""
        if chosen and chosen.status not in DEAD and chosen.payment_method is not None:
            return None
        return await self._gateway.get_customer(customer_id)

    async def _next_invoice(self, chosen: StripeSubscription | None) -> StripeInvoice | None:
        """None where nothing more will be charged. A refused preview never fails the fetch."""
        if chosen is None or chosen.status not in ENTITLED or chosen.ends_at is not None:
            return None
        try:
            return await self._gateway.preview_next(chosen.id)
        except StripeRefusedError as error:
            log.warning("sync.no_preview", subscription=chosen.id, **error.facts)
            return None

    async def _next_price(
        self, chosen: StripeSubscription | None, price: PriceView | None
    ) -> PriceView | None:
        """Where only the seats change, what it costs is counted as it is now."""
        terms = pending_terms(chosen)
        if chosen is None or terms is None:
            return None
        if terms.stripe_price_id == chosen.stripe_price_id:
            return price
        price = await self._find_price(terms.stripe_price_id)
        if price is None:
            log.warning("sync.unknown_next_price", price=terms.stripe_price_id)
        return price

    async def _held_price(
        self, chosen: StripeSubscription | None, reference: CustomerReference
    ) -> PriceView | None:
        held = reference.held_prices.get(chosen.id) if chosen else None
        return (await self._catalogue.snapshot(holding=[held])).price(held) if held else None

    async def _find_price(self, stripe_price_id: str) -> PriceView | None:
        snapshot = await self._catalogue.snapshot()
        price = snapshot.price_of_stripe(stripe_price_id)
        if price is None:
            price = (await self._catalogue.refresh()).price_of_stripe(stripe_price_id)
        return price


def pending_terms(subscription: StripeSubscription | None) -> StripeTerms | None:
    """What a change leads to that waits for payment or for the end of the period."""
    if subscription is None:
        return None
    if subscription.pending_update is not None:
        return subscription.pending_update.terms
    terms = subscription.schedule.next_terms if subscription.schedule else None
    return None if terms == subscription.terms else terms
