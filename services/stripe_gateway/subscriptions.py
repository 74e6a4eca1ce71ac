"""Subscriptions: what customers have."""

from datetime import datetime
from typing import TYPE_CHECKING

import stripe
import structlog

from db.enums import CancellationFeedback, SubscriptionStatus
from services.stripe_gateway.connection import PAGE_SIZE, StripeConnection
from services.stripe_gateway.errors import StripeMissingError, StripeRefusedError
from services.stripe_gateway.objects import (
    StripeChange,
    StripePendingUpdate,
    StripeSubscription,
    StripeTerms,
)
from services.stripe_gateway.payment_methods import payment_method_of
from services.stripe_gateway.schedules import schedule_of
from services.stripe_gateway.values import (
    id_of,
    id_or_none,
    interval_of,
    metadata_of,
    moment,
    moment_or_none,
    ours_of,
)

if TYPE_CHECKING:
    from stripe.params import SubscriptionUpdateParams, SubscriptionUpdateParamsItem

log = structlog.get_logger(__name__)

EXPAND = ("default_payment_method", "schedule")
"""What a subscription is read with."""


class HTTPSubscriptions(StripeConnection):
    """See `SubscriptionsAtStripe`."""

    async def list_subscriptions(self, customer_id: str) -> tuple[StripeSubscription, ...]:
        """See `SubscriptionsAtStripe`."""
        async with self.reading():
            page = await self.v1.subscriptions.list_async(
                {
                    "customer": customer_id,
                    "status": "all",
                    "limit": PAGE_SIZE,
                    "expand": [f"data.{field}" for field in EXPAND],
                }
            )
            return tuple([subscription_of(each) async for each in page.auto_paging_iter()])

    async def get_subscription(self, subscription_id: str) -> StripeSubscription | None:
        """See `SubscriptionsAtStripe`."""
        try:
            async with self.reading():
                found = await self.v1.subscriptions.retrieve_async(
                    subscription_id, {"expand": list(EXPAND)}
                )
                return subscription_of(found)
        except StripeMissingError:
            return None

    async def change_subscription(
        self,
        *,
        subscription_id: str,
        item_id: str,
        price_id: str | None,
        seats: int,
        proration_date: int | None,
        idempotency_key: str,
    ) -> StripeChange:
        """See `SubscriptionsAtStripe`."""
        item: SubscriptionUpdateParamsItem = {"id": item_id, "quantity": seats}
        if price_id is not None:
            item["price"] = price_id
        params: SubscriptionUpdateParams = {
            "items": [item],
            "proration_behavior": "always_invoice",
            "payment_behavior": "pending_if_incomplete",
        }
        if proration_date is not None:
            params["proration_date"] = proration_date
        async with self.writing():
            changed = await self.v1.subscriptions.update_async(
                subscription_id, params, {"idempotency_key": idempotency_key}
            )
            awaits = _pending_update(changed)
        return await self.explain_change(subscription_id, awaits)

    async def explain_change(
        self, subscription_id: str, awaits: StripePendingUpdate | None
    ) -> StripeChange:
        """See `SubscriptionsAtStripe`."""
        if awaits is None or awaits.invoice_id is None:
            return StripeChange(
                subscription_id=subscription_id,
                awaits=awaits,
                pay_url=None,
                needs_action=False,
                problem=None,
            )
        async with self.reading():
            invoice = await self.v1.invoices.retrieve_async(awaits.invoice_id)
            intent = await self._payment_intent(awaits.invoice_id)
            failed = intent.last_payment_error if intent else None
            return StripeChange(
                subscription_id=subscription_id,
                awaits=awaits,
                pay_url=invoice.hosted_invoice_url,
                needs_action=intent is not None and intent.status == "requires_action",
                problem=failed.message if failed else None,
            )

    async def _payment_intent(self, invoice_id: str) -> stripe.PaymentIntent | None:
        """None also where the key may not read it: the change was made, and that must be told."""
        try:
            async with self.reading():
                page = await self.v1.invoice_payments.list_async(
                    {"invoice": invoice_id, "expand": ["data.payment.payment_intent"]}
                )
        except StripeRefusedError as error:
            log.error("stripe.refused", **error.facts)  # noqa: TRY400 # a traceback says no more
            return None
        intents = [each.payment.payment_intent for each in page.data]
        return next((one for one in intents if isinstance(one, stripe.PaymentIntent)), None)

    async def cancel_at_period_end(
        self,
        *,
        subscription_id: str,
        feedback: str | None,
        comment: str | None,
        idempotency_key: str,
    ) -> None:
        """See `SubscriptionsAtStripe`."""
        params: SubscriptionUpdateParams = {"cancel_at_period_end": True}
        if feedback is not None:
            reason = CancellationFeedback(feedback).lower()
            params["cancellation_details"] = {"feedback": reason}
        if comment is not None:
            params.setdefault("cancellation_details", {})["comment"] = comment
        async with self.writing():
            await self.v1.subscriptions.update_async(
                subscription_id, params, {"idempotency_key": idempotency_key}
            )

    async def cancel_subscription(self, *, subscription_id: str, idempotency_key: str) -> None:
        """See `SubscriptionsAtStripe`."""
        async with self.writing():
            await self.v1.subscriptions.cancel_async(
                subscription_id,
                {"invoice_now": False, "prorate": False},
                {"idempotency_key": idempotency_key},
            )

    async def resume_subscription(
        self, *, subscription_id: str, cancels_at_period_end: bool, idempotency_key: str
    ) -> None:
        """See `SubscriptionsAtStripe`."""
        params: SubscriptionUpdateParams = (
            {"cancel_at_period_end": False} if cancels_at_period_end else {"cancel_at": ""}
        )
        async with self.writing():
            await self.v1.subscriptions.update_async(
                subscription_id, params, {"idempotency_key": idempotency_key}
            )


def subscription_of(subscription: stripe.Subscription) -> StripeSubscription:
    """In our words; what `EXPAND` names has to be expanded."""
    item = ours_of(subscription.items.data)
    return StripeSubscription(
        id=subscription.id,
        customer_id=id_of(subscription.customer),
        status=SubscriptionStatus(subscription.status.upper()),
        item_id=item.id,
        stripe_price_id=item.price.id,
        stripe_product_id=id_of(item.price.product),
        unit_amount=item.price.unit_amount,
        currency=subscription.currency,
        interval=interval_of(item.price),
        quantity=item.quantity or 0,
        began_at=moment(subscription.start_date),
        current_period_start=moment(item.current_period_start),
        current_period_end=moment(item.current_period_end),
        trial_ends_at=moment_or_none(subscription.trial_end),
        ends_at=_scheduled_end(subscription, item=item),
        cancels_at_period_end=subscription.cancel_at_period_end,
        ended_at=moment_or_none(subscription.ended_at),
        trial_began_at=moment_or_none(subscription.trial_start),
        discount_ids=tuple(id_of(each) for each in subscription.discounts),
        schedule=schedule_of(subscription.schedule),
        pending_update=_pending_update(subscription),
        payment_method=payment_method_of(subscription.default_payment_method),
        metadata=metadata_of(subscription.metadata),
    )


def _scheduled_end(
    subscription: stripe.Subscription, *, item: stripe.SubscriptionItem
) -> datetime | None:
    """When it will end. The portal sets `cancel_at` alone, the API may set either."""
    if subscription.ended_at is not None:
        return None
    if subscription.cancel_at is not None:
        return moment(subscription.cancel_at)
    return moment(item.current_period_end) if subscription.cancel_at_period_end else None


def _pending_update(subscription: stripe.Subscription) -> StripePendingUpdate | None:
    """Its invoice is the newest of the subscription."""
    pending = subscription.pending_update
    if pending is None or not pending.subscription_items:
        return None
    item = ours_of(pending.subscription_items)
    return StripePendingUpdate(
        terms=StripeTerms(stripe_price_id=item.price.id, quantity=item.quantity or 0),
        expires_at=moment(pending.expires_at),
        invoice_id=id_or_none(subscription.latest_invoice),
    )
