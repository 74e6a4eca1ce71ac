"""Stripe writes that change a subscription. `sync`, called after each, mirrors what they did."""

from typing import Any

from db.enums import BillingSessionKind, BillingSessionStatus, IntentKind, InvoiceStatus
from db.models import BillingSession, Intent
from services.settling import Settling, StripeWrite
from services.stripe_gateway import (
    StripeChange,
    StripeGateway,
    StripeSubscription,
    StripeTerms,
)
from services.stripe_snapshot import pending_terms


class ChangeSubscription:
    """A change that counts when it is paid (B6). What is to be paid yet gets a session.

    `error` of the intent says why a payment was declined; none: the customer has to finish it.
    """

    async def send(self, gateway: StripeGateway, intent: Intent, *, key: str) -> StripeChange:
        """See `StripeWrite`."""
        return await gateway.change_subscription(**intent.parameters["stripe"], idempotency_key=key)

    async def look_up(self, gateway: StripeGateway, intent: Intent) -> StripeChange | None:
        """See `StripeWrite`. It was done if its terms are there, or wait for payment."""
        wanted = intent.parameters["stripe"]
        found = await gateway.get_subscription(wanted["subscription_id"])
        if found is None:
            return None
        price_id = wanted["price_id"] or found.stripe_price_id
        terms = StripeTerms(stripe_price_id=price_id, quantity=wanted["seats"])
        if terms not in (found.terms, pending_terms(found)):
            return None
        return await gateway.explain_change(found.id, found.pending_update)

    async def settle(self, settling: Settling, result: StripeChange) -> str:
        """See `StripeWrite`."""
        intent, awaits = settling.intent, result.awaits
        if awaits is None or awaits.invoice_id is None:
            return result.subscription_id
        if not result.needs_action:
            intent.error = result.problem or "The payment was not made."
        settling.transaction.session.add(
            BillingSession(
                organization_id=intent.organization_id,
                id=intent.id,
                kind=BillingSessionKind.PAYMENT,
                status=BillingSessionStatus.OPEN,
                stripe_session_id=awaits.invoice_id,
                url=result.pay_url,
                return_url=intent.parameters["return_url"],
                created_by=intent.created_by,
                created_at=settling.now,
                expires_at=awaits.expires_at,
            )
        )
        return result.subscription_id


class OfSubscription:
    """A write whose result is the subscription's id, and which a look-up recognizes by `is_done`.

    Repeating one that was done changes nothing.
    """

    method: str

    async def send(self, gateway: StripeGateway, intent: Intent, *, key: str) -> str:
        """See `StripeWrite`."""
        await getattr(gateway, self.method)(**intent.parameters, idempotency_key=key)
        return _subscription_of(intent)

    async def look_up(self, gateway: StripeGateway, intent: Intent) -> str | None:
        """See `StripeWrite`."""
        found = await gateway.get_subscription(_subscription_of(intent))
        return found.id if found and self.is_done(found) else None

    async def settle(self, settling: Settling, result: str) -> str:  # noqa: ARG002 # `sync` writes it
        """See `StripeWrite`."""
        return result

    def is_done(self, subscription: StripeSubscription) -> bool:
        """Whether the write has been done."""
        raise NotImplementedError


class CancelAtPeriodEnd(OfSubscription):
    """The subscription ends with the paid period (B7)."""

    method = "cancel_at_period_end"

    def is_done(self, subscription: StripeSubscription) -> bool:
        """See `OfSubscription`."""
        return subscription.ends_at is not None


class ResumeSubscription(OfSubscription):
    """A cancellation is called off (B7)."""

    method = "resume_subscription"

    def is_done(self, subscription: StripeSubscription) -> bool:
        """See `OfSubscription`."""
        return subscription.ends_at is None


class CreateSchedule(OfSubscription):
    """The subscription comes under a schedule, which changes nothing yet."""

    method = "create_schedule"

    def is_done(self, subscription: StripeSubscription) -> bool:
        """See `OfSubscription`."""
        return subscription.schedule is not None


class UpdateSchedule:
    """What changes at the end of the period. The schedule carries the intent's id."""

    async def send(self, gateway: StripeGateway, intent: Intent, *, key: str) -> str:
        """See `StripeWrite`."""
        stripe = {**intent.parameters["stripe"]}
        for former in ("price_id", "seats"):  # of an intent that 0.1.0 has left open
            stripe.pop(former, None)
        await gateway.update_schedule(**stripe, idempotency_key=key)
        return _schedule_of(stripe)

    async def look_up(self, gateway: StripeGateway, intent: Intent) -> str | None:
        """See `StripeWrite`."""
        found = await gateway.get_schedule(_schedule_of(intent.parameters["stripe"]))
        return found.id if found and found.intent_id == str(intent.id) else None

    async def settle(self, settling: Settling, result: str) -> str:  # noqa: ARG002 # `sync` writes it
        """See `StripeWrite`."""
        return result


class ReleaseSchedule:
    """The subscription goes on as it is, without what was planned."""

    async def send(self, gateway: StripeGateway, intent: Intent, *, key: str) -> str:
        """See `StripeWrite`."""
        await gateway.release_schedule(**intent.parameters, idempotency_key=key)
        return _schedule_of(intent.parameters)

    async def look_up(self, gateway: StripeGateway, intent: Intent) -> str | None:
        """See `StripeWrite`."""
        schedule_id = _schedule_of(intent.parameters)
        return None if await gateway.get_schedule(schedule_id) else schedule_id

    async def settle(self, settling: Settling, result: str) -> str:  # noqa: ARG002 # `sync` writes it
        """See `StripeWrite`."""
        return result


class VoidInvoice:
    """An open invoice is not to be paid any more; a change that waited for it is dropped."""

    async def send(self, gateway: StripeGateway, intent: Intent, *, key: str) -> str:
        """See `StripeWrite`."""
        await gateway.void_invoice(**intent.parameters, idempotency_key=key)
        return str(intent.parameters["invoice_id"])

    async def look_up(self, gateway: StripeGateway, intent: Intent) -> str | None:
        """See `StripeWrite`."""
        found = await gateway.get_invoice(intent.parameters["invoice_id"])
        return found.id if found and found.status is InvoiceStatus.VOID else None

    async def settle(self, settling: Settling, result: str) -> str:  # noqa: ARG002 # `sync` writes it
        """See `StripeWrite`."""
        return result


SUBSCRIPTION_WRITES: dict[IntentKind, StripeWrite] = {
    IntentKind.CHANGE_SUBSCRIPTION: ChangeSubscription(),
    IntentKind.CREATE_SCHEDULE: CreateSchedule(),
    IntentKind.UPDATE_SCHEDULE: UpdateSchedule(),
    IntentKind.RELEASE_SCHEDULE: ReleaseSchedule(),
    IntentKind.VOID_INVOICE: VoidInvoice(),
    IntentKind.CANCEL_AT_PERIOD_END: CancelAtPeriodEnd(),
    IntentKind.RESUME_SUBSCRIPTION: ResumeSubscription(),
}


def _subscription_of(intent: Intent) -> str:
    subscription_id: str = intent.parameters["subscription_id"]
    return subscription_id


def _schedule_of(parameters: dict[str, Any]) -> str:
    schedule_id: str = parameters["schedule_id"]
    return schedule_id
