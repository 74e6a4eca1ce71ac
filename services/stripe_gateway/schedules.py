"""Subscription schedules: changes that wait for the end of the period."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Unpack

import stripe

from db.enums import BillingInterval
from services.stripe_gateway.connection import StripeConnection
from services.stripe_gateway.invoices import invoice_of
from services.stripe_gateway.objects import StripeInvoice, StripeSchedule, StripeTerms
from services.stripe_gateway.protocol import INTENT_ID, PlannedPhases
from services.stripe_gateway.values import RECURRENCE, id_of, metadata_of, moment, ours_of

if TYPE_CHECKING:
    from stripe.params import (
        SubscriptionScheduleUpdateParamsPhase,
        SubscriptionScheduleUpdateParamsPhaseItem,
    )


class HTTPSchedules(StripeConnection):
    """See `SchedulesAtStripe`."""

    async def create_schedule(
        self, *, subscription_id: str, idempotency_key: str
    ) -> StripeSchedule | None:
        """See `SchedulesAtStripe`."""
        async with self.writing():
            schedule = await self.v1.subscription_schedules.create_async(
                {"from_subscription": subscription_id}, {"idempotency_key": idempotency_key}
            )
            return schedule_of(schedule)

    async def update_schedule(
        self,
        *,
        schedule_id: str,
        metadata: Mapping[str, str],
        idempotency_key: str,
        **planned: Unpack[PlannedPhases],
    ) -> StripeSchedule | None:
        """See `SchedulesAtStripe`."""
        phases = await self._phases(schedule_id, **planned)
        async with self.writing():
            schedule = await self.v1.subscription_schedules.update_async(
                schedule_id,
                {
                    "phases": phases,
                    "end_behavior": "release",
                    "proration_behavior": "none",
                    "metadata": dict(metadata),
                },
                {"idempotency_key": idempotency_key},
            )
            return schedule_of(schedule)

    async def preview_schedule(
        self, *, schedule_id: str, **planned: Unpack[PlannedPhases]
    ) -> StripeInvoice:
        """See `SchedulesAtStripe`."""
        phases: Any = await self._phases(schedule_id, **planned)  # a type of the same fields
        async with self.reading():
            preview = await self.v1.invoices.create_preview_async(
                {
                    "schedule": schedule_id,
                    "schedule_details": {
                        "phases": phases,
                        "end_behavior": "release",
                        "proration_behavior": "none",
                    },
                }
            )
            return await invoice_of(preview)

    async def _phases(
        self, schedule_id: str, **planned: Unpack[PlannedPhases]
    ) -> "list[SubscriptionScheduleUpdateParamsPhase]":
        ours, *others = await self._items_of(schedule_id, planned["phase_began_at"])
        next_items = [_changed(ours, planned["next_price_id"], planned["next_seats"]), *others]
        kept: SubscriptionScheduleUpdateParamsPhase = {
            "items": [ours, *others],
            "start_date": planned["phase_began_at"],
            "end_date": planned["changes_at"],
            "proration_behavior": "none",
        }
        if planned["in_trial"]:
            kept["trial"] = True
        changed: SubscriptionScheduleUpdateParamsPhase = {
            "items": next_items,
            "start_date": planned["changes_at"],
            "duration": {"interval": RECURRENCE[BillingInterval(planned["next_interval"])]},
            "proration_behavior": "none",
        }
        if discount_ids := planned["discount_ids"]:
            kept["discounts"] = changed["discounts"] = [{"discount": one} for one in discount_ids]
        return [kept, changed]

    async def _items_of(
        self, schedule_id: str, phase_began_at: int
    ) -> "list[SubscriptionScheduleUpdateParamsPhaseItem]":
        """What the subscription has now, our item first: a phase drops what it does not name."""
        async with self.reading():
            schedule = await self.v1.subscription_schedules.retrieve_async(
                schedule_id, {"expand": ["phases.items.price"]}
            )
            phases = {phase.start_date: phase for phase in schedule.phases}
            items = phases[phase_began_at].items
            ours = ours_of(items)
            return [_copy(one) for one in (ours, *(one for one in items if one is not ours))]

    async def release_schedule(self, *, schedule_id: str, idempotency_key: str) -> None:
        """See `SchedulesAtStripe`."""
        async with self.writing():
            await self.v1.subscription_schedules.release_async(
                schedule_id, {}, {"idempotency_key": idempotency_key}
            )

    async def get_schedule(self, schedule_id: str) -> StripeSchedule | None:
        """See `SchedulesAtStripe`."""
        async with self.reading():
            return schedule_of(await self.v1.subscription_schedules.retrieve_async(schedule_id))


def _copy(
    item: stripe.SubscriptionSchedule.Phase.Item,
) -> "SubscriptionScheduleUpdateParamsPhaseItem":
    copied: SubscriptionScheduleUpdateParamsPhaseItem = {"price": id_of(item.price)}
    if item.quantity is not None:
        copied["quantity"] = item.quantity
    return copied


def _changed(
    item: "SubscriptionScheduleUpdateParamsPhaseItem", price_id: str | None, seats: int
) -> "SubscriptionScheduleUpdateParamsPhaseItem":
    return {"price": price_id or item["price"], "quantity": seats}


def schedule_of(schedule: str | stripe.SubscriptionSchedule | None) -> StripeSchedule | None:
    """The schedule, if it is attached; a released or completed one decides nothing any more."""
    if schedule is None or schedule.status not in {"active", "not_started"}:  # type: ignore[union-attr] # expanded where it is read
        return None
    assert not isinstance(schedule, str)
    current = schedule.current_phase
    began = current.start_date if current else schedule.phases[0].start_date
    later = [phase for phase in schedule.phases if phase.start_date > began]
    item = later[0].items[0] if later else None
    return StripeSchedule(
        id=schedule.id,
        phase_began_at=moment(began),
        next_terms=StripeTerms(stripe_price_id=id_of(item.price), quantity=item.quantity or 1)
        if item
        else None,
        next_at=moment(later[0].start_date) if later else None,
        intent_id=metadata_of(schedule.metadata).get(INTENT_ID),
    )
