"""What will happen, from what is known: each date is Stripe's, the sweep's or an invitation's."""

from datetime import timedelta

import pytest

from services.change_refusals import PaymentFailed
from services.upcoming_events import upcoming_events
from tests.services.billing_world import DECLINED_LATER, Payer, new_payer
from tests.stack import Stack


async def kinds(payer: Payer) -> list[str]:
    now = payer.stack.services.clock.now()
    return [one.kind for one in upcoming_events(await payer.look(), [], now=now)]


@pytest.fixture
async def payer(stack: Stack) -> Payer:
    payer = await new_payer(stack)
    await payer.buy()
    return payer


async def test_it_follows_the_subscription(payer: Payer) -> None:
    assert await kinds(payer) == ["RENEWAL"]
    await payer.change(seats=3)
    assert await kinds(payer) == ["CHANGE", "RENEWAL"]
    await payer.use_card(DECLINED_LATER)
    with pytest.raises(PaymentFailed):
        await payer.change(seats=9)
    assert await kinds(payer) == ["PENDING_PAYMENT_EXPIRY", "RENEWAL"]
    await payer.cancel()
    assert await kinds(payer) == ["CANCELLATION"]
    left = (await payer.subscription()).current_period_end - payer.stack.services.clock.now()
    await payer.pass_time(left + timedelta(hours=1))
    assert await kinds(payer) == ["DEACTIVATION"]
    await payer.pass_time(timedelta(days=3))
    assert await kinds(payer) == []


async def test_nothing_is_foreseen_without_a_subscription(stack: Stack) -> None:
    assert await kinds(await new_payer(stack)) == []
