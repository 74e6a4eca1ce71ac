"""A process dies at any Stripe write of a change, before or after Stripe did it: the next call
carries it on, and nothing is charged twice (C2).
"""

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from db import intents
from server.running_services import _service_settings
from services.assembly import build_services
from services.change_refusals import NothingToChange
from services.refusals import BillingUnavailable
from tests.services.billing_world import Payer, new_payer
from tests.services.interrupted_gateway import InterruptedGateway, ProcessDiedError
from tests.stack import Stack

LATER = datetime(9999, 1, 1, tzinfo=UTC)
Act = Callable[[Payer], Awaitable[Any]]
CASES: dict[str, tuple[Act, int]] = {
    "more seats": (lambda payer: payer.change(seats=8), 1),
    "fewer seats": (lambda payer: payer.change(seats=3), 2),
    "a bigger plan": (lambda payer: payer.change(plan="BUSINESS"), 1),
    "cancel": (lambda payer: payer.cancel(), 1),
}
AFTER_A_REDUCTION: dict[str, tuple[Act, int]] = {
    "more seats instead": (lambda payer: payer.change(seats=8), 2),
    "fewer seats still": (lambda payer: payer.change(seats=2), 1),
    "cancel instead": (lambda payer: payer.cancel(), 2),
    "call off": (lambda payer: payer.call_off(), 1),
}


def dying(payer: Payer, *, at_write: int, after_work: bool) -> Payer:
    """The same organization, seen by a process that is about to die."""
    stack = payer.stack
    whole: Any = stack.services.sync._reader._gateway
    gateway: Any = InterruptedGateway(whole, at_write=at_write, after_work=after_work)
    services = build_services(
        stack.services.database, gateway, stack.services.clock, _service_settings(stack.settings)
    )
    return replace(payer, stack=replace(stack, services=services))


async def state(payer: Payer) -> tuple[object, ...]:
    """What somebody sees, and what was charged."""
    await payer.sync()
    seen = await payer.subscription()
    pending = seen.pending_change
    return (
        seen.plan.code,
        seen.seats,
        (pending.kind, pending.seats) if pending else None,
        seen.ends_at is not None,
        len([one for one in await payer.invoices() if one.total > 0]),
    )


async def again(act: Act, payer: Payer) -> None:
    """What the caller does who got no answer. It may have been done by then."""
    with contextlib.suppress(NothingToChange):
        await act(payer)


@pytest.mark.parametrize("after_work", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("reduced", [False, True])
async def test_whoever_comes_next_carries_it_on(
    stack: Stack, *, reduced: bool, after_work: bool
) -> None:
    for number, (name, (act, writes)) in enumerate(
        (AFTER_A_REDUCTION if reduced else CASES).items()
    ):
        for at_write in range(1, writes + 1):
            undisturbed = await prepared(stack, f"u{number}-{at_write}", reduced=reduced)
            await act(undisturbed)
            payer = await prepared(stack, f"d{number}-{at_write}", reduced=reduced)
            with pytest.raises(ProcessDiedError):
                await act(dying(payer, at_write=at_write, after_work=after_work))
            await again(act, payer)
            assert await state(payer) == await state(undisturbed), (name, at_write)


async def prepared(stack: Stack, name: str, *, reduced: bool) -> Payer:
    payer = await new_payer(stack, name)
    await payer.buy()
    if reduced:
        await payer.change(seats=3)
    return payer


async def test_a_declared_payment_is_not_made_twice_by_many_callers(stack: Stack) -> None:
    payer = await prepared(stack, "acme", reduced=False)
    await payer.pass_time(timedelta(days=2))
    for _ in range(3):
        with pytest.raises((ProcessDiedError, NothingToChange)):
            await payer_dies(payer)
    await again(lambda one: one.change(seats=8), payer)
    assert (await payer.subscription()).seats == 8
    assert len(await payer.invoices()) == 2


async def test_who_finds_another_change_begun_gets_their_own(stack: Stack) -> None:
    """The rival's is carried on first, which leaves plan, interval and seats undecided for us."""
    payer = await new_payer(stack)
    await payer.buy("BUSINESS", seats=9)
    with pytest.raises(ProcessDiedError):
        await dying(payer, at_write=2, after_work=False).change(plan="PRO", seats=6)
    outcome = await payer.change(seats=6)
    pending = (await payer.subscription()).pending_change
    assert pending is not None
    assert (pending.plan.code, pending.seats) == ("BUSINESS", 6)
    assert outcome.replaced is not None
    assert outcome.replaced.plan.code == "PRO"


async def test_who_finds_the_same_reduction_begun_names_whom_to_keep(stack: Stack) -> None:
    payer = await prepared(stack, "acme", reduced=False)
    first, second, third = [await payer.add_member(f"m{number}") for number in range(3)]
    with pytest.raises(ProcessDiedError):
        await dying(payer, at_write=2, after_work=False).change(seats=2, keep=(first,))
    await payer.change(seats=2, keep=(second,))
    await payer.pass_time(timedelta(days=32))
    reasons = await payer.reasons()
    assert {one for one, reason in reasons.items() if reason} == {first, third}


async def test_a_change_that_was_found_begun_answers_the_key_again(stack: Stack) -> None:
    payer = await prepared(stack, "acme", reduced=False)
    with pytest.raises(ProcessDiedError):
        await dying(payer, at_write=1, after_work=False).change(seats=8)
    first = await payer.change(seats=8, key="k1")
    assert await payer.change(seats=8, key="k1") == first
    assert (await payer.subscription()).seats == 8


async def payer_dies(payer: Payer) -> None:
    await dying(payer, at_write=1, after_work=True).change(seats=8)


async def test_who_comes_too_late_does_not_do_it_again(stack: Stack) -> None:
    """A worker has read an open intent; before it goes on, others end that and change it again.

    Then a look-up does not find what the intent wanted, and it has been done nevertheless.
    """
    payer = await prepared(stack, "acme", reduced=False)
    fault = {"route": "POST /v1/subscriptions/*", "status": 500, "after_work": True}
    await stack.fail(fault)
    with pytest.raises(BillingUnavailable):
        await payer.change(seats=8)
    async with stack.services.database.begin() as transaction:
        [seen_by_worker] = await intents.list_left_open(transaction, before=LATER, limit=10)

    await payer.pass_time(timedelta(days=1))
    await payer.change(seats=9)
    await stack.services.intents.run(seen_by_worker)

    await payer.sync()
    assert (await payer.subscription()).seats == 9
    assert len(await payer.invoices()) == 3, "the purchase and two changes"
