"""Schedules: what a downgrade at the end of the period is made of."""

from typing import Any

import pytest
import stripe

from tests.sandbox.worlds import DAY, Shop, World


async def _plan(
    world: World, subscription: stripe.Subscription, item: dict[str, Any], **params: Any
) -> stripe.SubscriptionSchedule:
    """The current phase as it is, then one with `item`."""
    schedules = world.stripe.v1.subscription_schedules
    schedule = await schedules.create_async({"from_subscription": subscription.id})
    current = schedule.phases[0]
    held = subscription["items"].data[0]
    phases: Any = [
        {
            "items": [{"price": held.price.id, "quantity": held.quantity or 1}],
            "start_date": current.start_date,
            "end_date": current.end_date,
            **params,
        },
        {"items": [item], "duration": {"interval": "month"}, **params},
    ]
    return await schedules.update_async(schedule.id, {"end_behavior": "release", "phases": phases})


async def _get(world: World, subscription: stripe.Subscription) -> stripe.Subscription:
    return await world.stripe.v1.subscriptions.retrieve_async(
        subscription.id, {"expand": ["schedule", "latest_invoice"]}
    )


async def test_fewer_seats_from_the_next_period_on(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe(seats=9)
    schedule = await _plan(world, subscription, {"price": shop.monthly, "quantity": 5})
    assert len(schedule.phases) == 2
    waiting = await _get(world, subscription)
    assert isinstance(waiting.schedule, stripe.SubscriptionSchedule)
    assert waiting["items"].data[0].quantity == 9
    preview = await world.stripe.v1.invoices.create_preview_async({"subscription": subscription.id})
    assert preview.amount_due == 5 * 2500
    end = subscription["items"].data[0].current_period_end
    await world.advance_to(end + 2 * 3600)
    begun = await _get(world, subscription)
    assert isinstance(begun.schedule, stripe.SubscriptionSchedule), "attached until released"
    assert begun["items"].data[0].quantity == 5
    assert begun["items"].data[0].id == subscription["items"].data[0].id
    assert isinstance(begun.latest_invoice, stripe.Invoice)
    assert [line.amount for line in begun.latest_invoice.lines.data] == [12500]
    await world.stripe.v1.subscription_schedules.release_async(schedule.id)
    free = await _get(world, subscription)
    assert (free.schedule, free.status) == (None, "active")


async def test_a_schedule_lets_go_after_its_last_phase(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe(seats=9)
    schedule = await _plan(world, subscription, {"price": shop.monthly, "quantity": 5})
    await world.advance(70 * DAY)
    found = await world.stripe.v1.subscription_schedules.retrieve_async(schedule.id)
    assert (found.status, found.released_subscription) == ("released", subscription.id)
    after = await _get(world, subscription)
    assert (after.schedule, after["items"].data[0].quantity) == (None, 5)


async def test_from_annual_to_monthly(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe(price=shop.yearly)
    await _plan(world, subscription, {"price": shop.monthly, "quantity": 5})
    end = subscription["items"].data[0].current_period_end
    await world.advance_to(end + 2 * 3600)
    begun = await _get(world, subscription)
    item = begun["items"].data[0]
    assert item.price.id == shop.monthly
    assert item.current_period_start == end
    assert 28 * DAY <= item.current_period_end - end <= 31 * DAY
    assert isinstance(begun.latest_invoice, stripe.Invoice)
    assert begun.latest_invoice.amount_paid == 12500


async def test_releasing_calls_it_off(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe(seats=9)
    schedule = await _plan(world, subscription, {"price": shop.monthly, "quantity": 5})
    await world.stripe.v1.subscription_schedules.release_async(schedule.id)
    await world.advance(40 * DAY)
    assert (await _get(world, subscription))["items"].data[0].quantity == 9
    with pytest.raises(stripe.InvalidRequestError, match="in the `released` status"):
        await world.stripe.v1.subscription_schedules.release_async(schedule.id)


async def test_while_it_is_attached_it_decides_about_the_end(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe(seats=9)
    schedule = await _plan(world, subscription, {"price": shop.monthly, "quantity": 5})
    with pytest.raises(stripe.InvalidRequestError, match=schedule.id):
        await world.stripe.v1.subscriptions.update_async(
            subscription.id, {"cancel_at_period_end": True}
        )
    with pytest.raises(stripe.InvalidRequestError, match="already attached to a schedule"):
        await world.stripe.v1.subscription_schedules.create_async(
            {"from_subscription": subscription.id}
        )
    await world.stripe.v1.subscriptions.cancel_async(subscription.id)
    found = await world.stripe.v1.subscription_schedules.retrieve_async(schedule.id)
    assert found.status == "canceled"


async def test_discounts_are_kept_only_where_they_are_named(world: World, shop: Shop) -> None:
    coupon = await world.stripe.v1.coupons.create_async({"percent_off": 20, "duration": "forever"})
    discounts: Any = [{"coupon": coupon.id}]
    kept = await shop.subscribe(seats=9, discounts=discounts)
    await _plan(world, kept, {"price": shop.monthly, "quantity": 5}, discounts=discounts)
    lost = await shop.subscribe(seats=9, discounts=discounts)
    await _plan(world, lost, {"price": shop.monthly, "quantity": 5})
    await world.advance(32 * DAY)
    for subscription, amount in ((kept, 10000), (lost, 12500)):
        renewed = await _get(world, subscription)
        assert isinstance(renewed.latest_invoice, stripe.Invoice)
        assert renewed.latest_invoice.amount_paid == amount


async def test_an_archived_price_may_be_planned_by_who_has_it(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe(seats=9)
    await world.stripe.v1.prices.update_async(shop.monthly, {"active": False})
    await _plan(world, subscription, {"price": shop.monthly, "quantity": 5})
    await world.advance(32 * DAY)
    assert (await _get(world, subscription))["items"].data[0].quantity == 5


async def test_phases_follow_each_other(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe()
    schedules = world.stripe.v1.subscription_schedules
    schedule = await schedules.create_async({"from_subscription": subscription.id})
    with pytest.raises(stripe.InvalidRequestError, match="start date of a phase") as refused:
        await schedules.update_async(
            schedule.id,
            {
                "phases": [
                    {
                        "items": [{"price": shop.monthly, "quantity": 5}],
                        "start_date": schedule.phases[0].start_date + 1,
                        "end_date": schedule.phases[0].end_date,
                    }
                ]
            },
        )
    assert refused.value.param == "phases[0][start_date]"


async def test_a_phase_in_the_middle_of_a_period_is_prorated(world: World, shop: Shop) -> None:
    await world.control("POST", "/clock/freeze")
    subscription = await shop.subscribe()
    schedules = world.stripe.v1.subscription_schedules
    schedule = await schedules.create_async({"from_subscription": subscription.id})
    start = schedule.phases[0].start_date
    await schedules.update_async(
        schedule.id,
        {
            "phases": [
                {
                    "items": [{"price": shop.monthly, "quantity": 5}],
                    "start_date": start,
                    "end_date": start + 10 * DAY,
                },
                {
                    "items": [{"price": shop.monthly, "quantity": 7}],
                    "end_date": start + 60 * DAY,
                    "proration_behavior": "always_invoice",
                },
            ]
        },
    )
    await world.advance(11 * DAY)
    begun = await _get(world, subscription)
    assert begun["items"].data[0].quantity == 7
    assert isinstance(begun.latest_invoice, stripe.Invoice)
    assert [line.amount < 0 for line in begun.latest_invoice.lines.data] == [True, False]
