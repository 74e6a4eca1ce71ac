"""Subscriptions: what customers have."""

from datetime import datetime

import stripe

from db.enums import SubscriptionStatus
from services.stripe_gateway.connection import PAGE_SIZE, StripeConnection
from services.stripe_gateway.objects import StripeSubscription
from services.stripe_gateway.values import (
    id_of,
    interval_of,
    metadata_of,
    moment,
    moment_or_none,
)


class HTTPSubscriptions(StripeConnection):
    """See `SubscriptionsAtStripe`."""

    async def list_subscriptions(self, customer_id: str) -> tuple[StripeSubscription, ...]:
        """See `SubscriptionsAtStripe`."""
        async with self.reading():
            page = await self.v1.subscriptions.list_async(
                {"customer": customer_id, "status": "all", "limit": PAGE_SIZE}
            )
            return tuple([_subscription(each) async for each in page.auto_paging_iter()])


def _subscription(subscription: stripe.Subscription) -> StripeSubscription:
    item = subscription.items.data[0]
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
        ended_at=moment_or_none(subscription.ended_at),
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
