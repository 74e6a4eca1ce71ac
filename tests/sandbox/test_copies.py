"""Many subscriptions at once, for what has to read them all."""

from tests.sandbox.worlds import DAY, Shop, World


async def test_copies_are_subscriptions_like_any_other(world: World, shop: Shop) -> None:
    original = await shop.subscribe()
    made = await world.control("POST", f"/subscriptions/{original.id}/copies", count=250)
    listed = world.stripe.v1.subscriptions.list_async
    page = await listed({"status": "all", "limit": 100, "expand": ["data.customer"]})
    ids = {subscription.id async for subscription in page.auto_paging_iter()}
    assert ids == {original.id, *(f"{original.id}_{n}" for n in range(1, 251))}
    customer = f"{made['customer']}_7"
    found = (await listed({"customer": customer})).data[0]
    assert found["items"].data[0].id == f"{original['items'].data[0].id}_7"
    await world.stripe.v1.subscriptions.update_async(found.id, {"cancel_at_period_end": True})
    refused = await world.try_control("POST", f"/subscriptions/{original.id}/copies", count=0)
    assert refused.status_code == 400


async def test_time_passes_for_them_too(world: World, shop: Shop) -> None:
    original = await shop.subscribe(trial_period_days=3)
    await world.control("POST", f"/subscriptions/{original.id}/copies", count=5)
    await world.advance(4 * DAY)
    listed = await world.stripe.v1.subscriptions.list_async({"status": "active"})
    assert len(listed.data) == 6
    paid = await world.stripe.v1.invoices.list_async({"status": "paid", "limit": 100})
    cycles = [i for i in paid.data if i.billing_reason == "subscription_cycle"]
    assert len({invoice.customer for invoice in cycles}) == 6
