"""Each account's clock: forward only; what falls due has happened when the answer comes."""

import asyncio
import time

from tests.sandbox.worlds import DAY, Shop, World, new_world


async def test_it_moves_forward_only(world: World) -> None:
    start = await world.now()
    assert abs(start - time.time()) <= 2
    await world.advance(DAY)
    assert 0 <= await world.now() - start - DAY <= 2
    for body in ({"seconds": -1}, {"to": start}, {"seconds": "1"}, {"days": 1}, {}):
        refused = await world.try_control("POST", "/clock/advance", **body)
        assert refused.status_code == 400


async def test_it_can_be_stopped(world: World) -> None:
    await world.control("POST", "/clock/freeze")
    start = await world.now()
    await world.advance(100)
    await asyncio.sleep(1.1)
    assert await world.now() == start + 100
    released = await world.control("POST", "/clock/release")
    assert released["frozen"] is False
    assert 0 <= await world.now() - start - 100 <= 2


async def test_accounts_have_clocks_of_their_own(world: World) -> None:
    await world.advance(400 * DAY)
    async with new_world(world.url) as other:
        assert abs(await other.now() - time.time()) <= 2


async def test_a_year_of_renewals(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe()
    await world.advance(366 * DAY)
    invoices = await world.stripe.v1.invoices.list_async({"limit": 100})
    paid = [invoice for invoice in invoices.data if invoice.status == "paid"]
    assert len(paid) == 13
    starts = sorted(invoice.lines.data[0].period.start for invoice in paid)
    ends = sorted(invoice.lines.data[0].period.end for invoice in paid)
    assert starts[1:] == ends[:-1], "no gap and no overlap"
    assert starts[0] == subscription.start_date


async def test_what_falls_due_in_real_time_happens_unasked(world: World, shop: Shop) -> None:
    session = await shop.checkout(expires_at=await world.now() + 1800)
    await world.advance(1798)
    deadline = time.monotonic() + 20
    while "checkout.session.expired" not in await world.events("checkout."):
        assert time.monotonic() < deadline, session.id
        await asyncio.sleep(0.2)
