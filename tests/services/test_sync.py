"""The mirror: later fetches win, however slow an earlier one is (B1)."""

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from db.enums import SubscriptionStatus
from db.statements import Statement
from services.stripe_gateway import StripeSubscription
from services.sync import SyncService
from tests.services.buying import look, pay, select
from tests.stack import Stack


class SlowGateway:
    """The real gateway, whose first list of subscriptions is delivered late."""

    def __init__(self, gateway: Any) -> None:
        self._gateway = gateway
        self.fetched = asyncio.Event()
        self.deliver = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)

    async def list_subscriptions(self, customer_id: str) -> tuple[StripeSubscription, ...]:
        found: tuple[StripeSubscription, ...] = await self._gateway.list_subscriptions(customer_id)
        self.fetched.set()
        await self.deliver.wait()
        return found


async def test_a_slow_fetch_does_not_overwrite_a_newer_one(stack: Stack) -> None:
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    await select(stack, owner, acme)
    slow = SlowGateway(stack.services.sync._reader._gateway)
    late = SyncService(
        stack.services.database,
        slow,
        stack.services.clock,
        stack.services.catalogue,
        grace=timedelta(days=3),
    )
    slow_sync = asyncio.create_task(late.sync(acme))
    await slow.fetched.wait()
    await pay(stack)
    await stack.services.sync.sync(acme)

    slow.deliver.set()
    await slow_sync

    seen = await look(stack, owner, acme)
    assert seen.subscription is not None, "the late fetch knew of no subscription"


async def test_a_second_sync_changes_nothing(stack: Stack) -> None:
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    await select(stack, owner, acme)
    await pay(stack)
    await stack.services.sync.sync(acme)
    events = Statement(text("SELECT action FROM audit_events ORDER BY id"))
    before = [row["action"] for row in await stack.services.database.fetch(events)]
    await asyncio.gather(*(stack.services.sync.sync(acme) for _ in range(5)))
    after = [row["action"] for row in await stack.services.database.fetch(events)]
    assert before == after
    assert before.count("subscription.created") == 1


async def subscribe_beside(stack: Stack, first: dict[str, Any]) -> None:
    """A minute later somebody subscribes the customer again, to 9 seats, in Stripe's dashboard."""
    await stack.sandbox.advance_clock(timedelta(minutes=1))
    form = {
        "customer": first["customer"],
        "items[0][price]": first["items"]["data"][0]["price"]["id"],
        "items[0][quantity]": "9",
        "default_payment_method": first["default_payment_method"],
    }
    await stack.stripe("POST", "/v1/subscriptions", **form)


async def test_of_two_living_ones_the_first_counts(stack: Stack) -> None:
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    await select(stack, owner, acme)
    await pay(stack)
    [first] = (await stack.stripe("GET", "/v1/subscriptions"))["data"]
    await subscribe_beside(stack, first)
    await stack.services.sync.sync(acme)
    seen = await look(stack, owner, acme)
    assert seen.subscription is not None
    assert seen.subscription.seats == 5


async def test_one_that_ended_unseen_before_another_began_keeps_its_end(stack: Stack) -> None:
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    await select(stack, owner, acme)
    await pay(stack)
    await stack.services.sync.sync(acme)
    [first] = (await stack.stripe("GET", "/v1/subscriptions"))["data"]
    ended = await stack.stripe("DELETE", f"/v1/subscriptions/{first['id']}")
    await subscribe_beside(stack, first)
    await stack.services.sync.sync(acme)
    seen = await look(stack, owner, acme)
    assert seen.subscription is not None
    assert seen.subscription.seats == 9
    [former] = await stack.services.database.fetch(
        Statement(text("SELECT status, ended_at FROM subscriptions WHERE NOT is_current"))
    )
    assert former["status"] == "CANCELED"
    assert former["ended_at"].timestamp() == ended["ended_at"]


async def test_the_end_is_written_once_and_starts_the_grace_time(stack: Stack) -> None:
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    await select(stack, owner, acme)
    await pay(stack)
    await stack.services.sync.sync(acme)
    [subscription] = (await stack.stripe("GET", "/v1/subscriptions"))["data"]
    await stack.stripe("DELETE", f"/v1/subscriptions/{subscription['id']}")
    await stack.services.sync.sync(acme)
    seen = await look(stack, owner, acme)
    assert seen.subscription is not None
    assert seen.subscription.status is SubscriptionStatus.CANCELED
    assert seen.subscription.ended_at is not None
    assert seen.access.deactivates_at == seen.subscription.ended_at + timedelta(days=3)
    assert seen.plan.code == "FREE"
    assert (seen.seat_usage.limit, seen.seat_usage.purchased) == (1, 0)
    await select(stack, owner, acme)
