"""The Stripe writes: how each is sent, looked up after a doubtful answer, and settled here.

A write's parameters are committed in its intent before it is sent, so each can be repeated word for
word by whoever finds the intent open (C2). `settle` runs under the organization's lock.
"""

from db import billing_sessions, subscriptions
from db.enums import DEAD, ActorKind, BillingSessionKind, BillingSessionStatus, IntentKind
from db.models import BillingSession, Intent
from services.actors import Actor
from services.checkout_opening import announce_checkout
from services.settling import Settling, StripeWrite, close_billing_session
from services.stripe_gateway import (
    CheckoutSession,
    PortalSession,
    StripeGateway,
    StripeMissingError,
)
from services.subscription_writes import SUBSCRIPTION_WRITES


class CreateCustomer:
    """The organization's customer at Stripe; there is one."""

    async def send(self, gateway: StripeGateway, intent: Intent, *, key: str) -> str:
        """See `StripeWrite`."""
        return await gateway.create_customer(**intent.parameters, idempotency_key=key)

    async def look_up(self, gateway: StripeGateway, intent: Intent) -> str | None:
        """See `StripeWrite`."""
        return await gateway.find_customer(
            intent_id=str(intent.id), created_after=intent.created_at
        )

    async def settle(self, settling: Settling, result: str) -> str:
        """See `StripeWrite`."""
        settling.organization.stripe_customer_id = result
        return result


class UpdateCustomer:
    """Name and address of the customer. Repeating it changes nothing, so nothing is looked up."""

    async def send(self, gateway: StripeGateway, intent: Intent, *, key: str) -> None:
        """See `StripeWrite`."""
        await gateway.update_customer(**intent.parameters, idempotency_key=key)

    async def look_up(self, gateway: StripeGateway, intent: Intent) -> None:  # noqa: ARG002 # see the class
        """See `StripeWrite`."""
        return

    async def settle(self, settling: Settling, result: None) -> str | None:  # noqa: ARG002 # nothing comes back
        """See `StripeWrite`."""
        return settling.organization.stripe_customer_id


class CreateCheckoutSession:
    """A checkout. The intent's id becomes the billing session's, so that links can name it."""

    async def send(self, gateway: StripeGateway, intent: Intent, *, key: str) -> CheckoutSession:
        """See `StripeWrite`."""
        stripe = intent.parameters["stripe"]
        return await gateway.create_checkout_session(**stripe, idempotency_key=key)

    async def look_up(self, gateway: StripeGateway, intent: Intent) -> CheckoutSession | None:
        """See `StripeWrite`."""
        customer_id = intent.parameters["stripe"]["customer_id"]
        return await gateway.find_checkout_session(customer_id, intent_id=str(intent.id))

    async def settle(self, settling: Settling, result: CheckoutSession) -> str:
        """See `StripeWrite`. An answer that Stripe repeats is as old as the first one."""
        intent, status = settling.intent, result.status
        if status is BillingSessionStatus.OPEN and result.expires_at <= settling.now:
            status = BillingSessionStatus.EXPIRED
        is_open = status is BillingSessionStatus.OPEN
        settling.transaction.session.add(
            BillingSession(
                organization_id=intent.organization_id,
                id=intent.id,
                kind=BillingSessionKind.CHECKOUT,
                status=status,
                stripe_session_id=result.id,
                url=result.url if is_open else None,
                return_url=intent.parameters["return_url"],
                created_by=intent.created_by,
                created_at=settling.now,
                expires_at=result.expires_at,
                closed_at=None if is_open else settling.now,
                price_id=intent.parameters["price_id"],
                seats=intent.parameters["stripe"]["seats"],
                promotion_code=intent.parameters.get("promotion_code"),
            )
        )
        return result.id


class ExpireCheckoutSession:
    """The end of a checkout that another choice replaces (B5)."""

    async def send(self, gateway: StripeGateway, intent: Intent, *, key: str) -> CheckoutSession:
        """See `StripeWrite`."""
        session_id = intent.parameters["session_id"]
        return await gateway.expire_checkout_session(session_id=session_id, idempotency_key=key)

    async def look_up(self, gateway: StripeGateway, intent: Intent) -> CheckoutSession | None:
        """See `StripeWrite`."""
        session = await gateway.get_checkout_session(intent.parameters["session_id"])
        return session if session and session.status is not BillingSessionStatus.OPEN else None

    async def settle(self, settling: Settling, result: CheckoutSession) -> str:
        """See `StripeWrite`."""
        session = await billing_sessions.get_open_checkout(
            settling.transaction, settling.intent.organization_id
        )
        if session is not None and session.stripe_session_id == result.id:
            close_billing_session(session, result.status, now=settling.now)
        if result.status is BillingSessionStatus.EXPIRED:
            await _announce_replacement(settling)
        return result.id


class CreatePortalSession:
    """A visit to the portal. A second one harms nobody, so nothing is looked up."""

    async def send(self, gateway: StripeGateway, intent: Intent, *, key: str) -> PortalSession:
        """See `StripeWrite`."""
        return await gateway.create_portal_session(**intent.parameters, idempotency_key=key)

    async def look_up(self, gateway: StripeGateway, intent: Intent) -> None:  # noqa: ARG002 # see the class
        """See `StripeWrite`."""
        return

    async def settle(self, settling: Settling, result: PortalSession) -> str:
        """See `StripeWrite`."""
        intent = settling.intent
        settling.transaction.session.add(
            BillingSession(
                organization_id=intent.organization_id,
                id=intent.id,
                kind=BillingSessionKind.PORTAL,
                status=BillingSessionStatus.OPEN,
                stripe_session_id=result.id,
                url=result.url,
                return_url=intent.parameters["return_url"],
                created_by=intent.created_by,
                created_at=settling.now,
            )
        )
        return result.id


class CancelSubscription:
    """The end of a subscription, at once; `sync` then mirrors it."""

    async def send(self, gateway: StripeGateway, intent: Intent, *, key: str) -> str:
        """See `StripeWrite`. A DELETE has no key: who repeats it is told that nothing is there."""
        try:
            await gateway.cancel_subscription(**intent.parameters, idempotency_key=key)
        except StripeMissingError:
            if await self.look_up(gateway, intent) is None:
                raise
        return _subscription_of(intent)

    async def look_up(self, gateway: StripeGateway, intent: Intent) -> str | None:
        """See `StripeWrite`."""
        found = await gateway.get_subscription(_subscription_of(intent))
        return None if found and found.status not in DEAD else _subscription_of(intent)

    async def settle(self, settling: Settling, result: str) -> str:  # noqa: ARG002 # `sync` writes it
        """See `StripeWrite`."""
        return result


STRIPE_WRITES: dict[IntentKind, StripeWrite] = {
    IntentKind.CREATE_CUSTOMER: CreateCustomer(),
    IntentKind.UPDATE_CUSTOMER: UpdateCustomer(),
    IntentKind.CREATE_CHECKOUT_SESSION: CreateCheckoutSession(),
    IntentKind.EXPIRE_CHECKOUT_SESSION: ExpireCheckoutSession(),
    IntentKind.CREATE_PORTAL_SESSION: CreatePortalSession(),
    IntentKind.CANCEL_SUBSCRIPTION: CancelSubscription(),
    **SUBSCRIPTION_WRITES,
}


async def _announce_replacement(settling: Settling) -> None:
    """The checkout for which another one had to end, unless something was bought meanwhile."""
    intent, transaction = settling.intent, settling.transaction
    current = await subscriptions.get_current(transaction, intent.organization_id)
    replacement = intent.parameters.get("replacement")
    if replacement is None or (current is not None and current.status not in DEAD):
        return
    announce_checkout(
        transaction,
        intent.organization_id,
        parameters=replacement["parameters"],
        actor=Actor(ActorKind.USER, intent.created_by, replacement["request_id"]),
        now=settling.now,
    )


def _subscription_of(intent: Intent) -> str:
    subscription_id: str = intent.parameters["subscription_id"]
    return subscription_id
