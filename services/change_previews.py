"""What a change would cost: Stripe's own preview of it."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db.enums import ChangeTiming, PendingChangeKind, SubscriptionStatus
from db.models import Subscription
from services.catalogue import CatalogueSnapshot
from services.change_planning import PlannedChange, planned_phases
from services.invoice_lines import stored_lines
from services.stripe_gateway import StripeGateway, StripeInvoice


@dataclass(frozen=True, slots=True)
class ChangeCost:
    """Amounts in minor units. Two previews that are equal charge the same."""

    lines: list[dict[str, Any]]
    discount_now: int
    tax_now: int
    due_now: int
    next_invoice_at: datetime
    next_invoice_total: int


class ChangePreviews:
    """Asks Stripe; writes nothing."""

    def __init__(self, gateway: StripeGateway) -> None:
        self._gateway = gateway

    async def cost(
        self, row: Subscription, planned: PlannedChange, snapshot: CatalogueSnapshot
    ) -> ChangeCost:
        """What `planned` charges now, and the first regular invoice after it."""
        next_at = row.current_period_end
        if not _charges_now(row, planned):
            regular = await self._regular(row, planned)
            return ChangeCost([], 0, 0, 0, next_at, regular.total)
        regular, now = await asyncio.gather(
            self._regular(row, planned),
            self._preview(row, planned, at=planned.effective_at),
        )
        if snapshot.price(row.price_id).interval is not planned.price.interval:
            next_at = now.period_end  # another interval begins a period of its own
        return ChangeCost(
            stored_lines(now.lines),
            now.discount,
            now.tax,
            now.amount_due,
            next_at,
            regular.total,
        )

    async def _regular(self, row: Subscription, planned: PlannedChange) -> StripeInvoice:
        """The next regular invoice. What is scheduled now is replaced by the change (B6)."""
        if row.pending_kind is not PendingChangeKind.SCHEDULED:
            return await self._preview(row, planned, at=None)
        assert row.stripe_schedule_id is not None, "what is scheduled has a schedule"
        return await self._gateway.preview_schedule(
            schedule_id=row.stripe_schedule_id, **planned_phases(row, planned)
        )

    async def _preview(
        self, row: Subscription, planned: PlannedChange, *, at: datetime | None
    ) -> StripeInvoice:
        return await self._gateway.preview_change(
            row.stripe_subscription_id,
            item_id=row.stripe_item_id,
            price_id=planned.other_price_than(row),
            seats=planned.seats,
            proration_date=at,
        )


def _charges_now(row: Subscription, planned: PlannedChange) -> bool:
    """In a trial nothing was paid for, so nothing is due before its end."""
    in_trial = row.status is SubscriptionStatus.TRIALING
    return planned.timing is ChangeTiming.NOW and not in_trial
