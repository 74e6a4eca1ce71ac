"""Random lives of a subscription: nothing breaks, and what must hold always does.

Each step is chosen by a seeded generator, so a life that fails can be lived again.
"""

import contextlib
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import stripe

from tests.sandbox.worlds import DAY, Shop, World

STEPS = 30
CARDS = ["pm_card_visa", "pm_card_chargeCustomerFail", "pm_card_authenticationRequired"]
BEHAVIORS = ["allow_incomplete", "pending_if_incomplete", "error_if_incomplete"]
ENDED = ("canceled", "incomplete_expired")


class Life:
    """One customer and what happens to it."""

    def __init__(self, world: World, shop: Shop, seed: int) -> None:
        self.world, self.shop = world, shop
        self.client = world.stripe.v1
        self.chance = random.Random(seed)  # noqa: S311 # a test
        self.customer = ""
        self.id = ""

    async def begin(self) -> None:
        self.customer = self.customer or await self.shop.customer()
        trial: dict[str, Any] = {"trial_period_days": 5} if self.chance.random() < 0.3 else {}
        self.id = (await self.shop.subscribe(self.customer, **trial)).id

    async def get(self) -> stripe.Subscription:
        return await self.client.subscriptions.retrieve_async(
            self.id, {"expand": ["latest_invoice", "default_payment_method", "schedule"]}
        )

    async def change(self) -> None:
        """What was previewed is what is billed."""
        subscription = await self.get()
        details: Any = {
            "items": [
                {
                    "id": subscription["items"].data[0].id,
                    "quantity": self.chance.randint(1, 30),
                    "price": self.chance.choice([self.shop.monthly, self.shop.yearly]),
                }
            ],
            "proration_behavior": self.chance.choice(
                ["always_invoice", "create_prorations", "none"]
            ),
            "proration_date": await self.world.now(),
        }
        preview = await self.client.invoices.create_preview_async(
            {"subscription": self.id, "subscription_details": details}
        )
        before = subscription.latest_invoice
        wanted: Any = {
            **details,
            "payment_behavior": self.chance.choice(BEHAVIORS),
            "expand": ["latest_invoice"],
        }
        changed = await self.client.subscriptions.update_async(self.id, wanted)
        assert isinstance(before, stripe.Invoice)
        assert isinstance(changed.latest_invoice, stripe.Invoice)
        if changed.latest_invoice.id != before.id:
            billed = [line.amount for line in changed.latest_invoice.lines.data]
            assert billed == [line.amount for line in preview.lines.data]

    async def swap_card(self) -> None:
        await self.client.payment_methods.attach_async(
            self.chance.choice(CARDS), {"customer": self.customer}
        )
        methods = await self.client.payment_methods.list_async({"customer": self.customer})
        await self.client.subscriptions.update_async(
            self.id, {"default_payment_method": methods.data[0].id}
        )

    async def wait(self) -> None:
        await self.world.advance(self.chance.choice([60, 3700, DAY, 9 * DAY, 33 * DAY]))

    async def leave_or_stay(self) -> None:
        await self.client.subscriptions.update_async(
            self.id, {"cancel_at_period_end": self.chance.random() < 0.5}
        )

    async def settle(self) -> None:
        found = await self.client.invoices.list_async({"customer": self.customer, "status": "open"})
        for invoice in found.data:
            if self.chance.random() < 0.3:
                await self.client.invoices.void_invoice_async(invoice.id)
            else:
                await self.client.invoices.pay_async(invoice.id, {"payment_method": "pm_card_visa"})

    async def plan(self) -> None:
        subscription = await self.get()
        schedules = self.client.subscription_schedules
        if isinstance(subscription.schedule, stripe.SubscriptionSchedule):
            await schedules.release_async(subscription.schedule.id)
            return
        schedule = await schedules.create_async({"from_subscription": self.id})
        current, item = schedule.phases[0], subscription["items"].data[0]
        now: Any = {"price": item.price.id, "quantity": item.quantity}
        then: Any = {"price": self.shop.monthly, "quantity": self.chance.randint(1, 9)}
        dates: Any = {"start_date": current.start_date, "end_date": current.end_date}
        phases: Any = [{"items": [now], **dates}, {"items": [then]}]
        await schedules.update_async(schedule.id, {"phases": phases})

    async def check(self) -> None:
        """What must hold after every step."""
        subscription = await self.get()
        item = subscription["items"].data[0]
        assert item.current_period_start < item.current_period_end
        if subscription.status in ("active", "trialing", "past_due", "unpaid"):
            assert item.current_period_end > await self.world.now()
        assert (subscription.ended_at is not None) == (subscription.status in ENDED)
        if subscription.pending_update is not None:
            assert isinstance(subscription.latest_invoice, stripe.Invoice)
            assert subscription.latest_invoice.status == "open", "it waits for its payment"
        if subscription.status in ENDED:
            await self.begin()


@pytest.mark.parametrize("seed", range(6))
async def test_a_random_life(world: World, shop: Shop, seed: int) -> None:
    life = Life(world, shop, seed)
    await world.control("POST", "/clock/freeze")
    await life.begin()
    acts: list[Callable[[], Awaitable[None]]] = [
        life.change, life.change, life.wait, life.wait, life.swap_card, life.leave_or_stay,
        life.settle, life.plan,
    ]  # fmt: skip
    for _ in range(STEPS):
        # a refusal is an answer; what it left behind is checked
        with contextlib.suppress(stripe.CardError, stripe.InvalidRequestError):
            await life.chance.choice(acts)()
        await life.check()
    invoices = [i async for i in (await world.stripe.v1.invoices.list_async()).auto_paging_iter()]
    numbers = [invoice.number for invoice in invoices if invoice.number]
    assert len(set(numbers)) == len(numbers)
    for invoice in invoices:
        settled = invoice.amount_paid + invoice.amount_remaining
        assert settled == invoice.amount_due
        assert invoice.total == sum(line.amount for line in invoice.lines.data)
