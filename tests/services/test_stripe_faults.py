"""Answers lost, faults stored, Stripe slow: an intent ends once, and nothing is done twice (C2)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from db.intents import list_left_open
from db.statements import Statement
from services.refusals import BillingUnavailable
from services.stripe_gateway import StripeRefusedError
from tests.services.billing_world import new_payer
from tests.services.buying import checkouts, select
from tests.stack import Stack

CHECKOUT = "POST /v1/checkout/sessions"


async def intents(stack: Stack) -> list[tuple[str, str, int]]:
    rows = await stack.services.database.fetch(
        Statement(text("SELECT kind, status, attempt FROM intents ORDER BY id"))
    )
    return [(row["kind"], row["status"], row["attempt"]) for row in rows]


async def make_older(stack: Stack, by: timedelta) -> None:
    async with stack.services.database.begin() as transaction:
        await transaction.session.execute(
            text("UPDATE intents SET attempted_at = :then"), {"then": datetime.now(UTC) - by}
        )


@pytest.mark.parametrize(
    ("fault", "attempts"),
    [
        pytest.param({"effect": "disconnect", "count": 2}, 1, id="no answer, nothing done"),
        pytest.param({"effect": "disconnect", "count": 2, "after_work": True}, 1, id="answer lost"),
        pytest.param({"status": 500, "count": 1}, 2, id="fault stored, nothing done"),
        pytest.param(
            {"status": 500, "count": 1, "after_work": True}, 1, id="fault stored after the work"
        ),
    ],
)
async def test_the_next_call_carries_on(stack: Stack, fault: dict[str, Any], attempts: int) -> None:
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    await stack.fail({"route": CHECKOUT, **fault})
    with pytest.raises(BillingUnavailable):
        await select(stack, owner, acme)
    assert (await intents(stack))[-1] == ("CREATE_CHECKOUT_SESSION", "OPEN", 1)

    session = await select(stack, owner, acme)

    assert [one["url"] for one in await checkouts(stack)] == [session.url]
    assert (await intents(stack))[-1] == ("CREATE_CHECKOUT_SESSION", "SUCCEEDED", attempts)


async def test_a_lost_customer_is_not_made_twice(stack: Stack) -> None:
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    await stack.fail({"route": "POST /v1/customers", "status": 500, "after_work": True})
    with pytest.raises(BillingUnavailable):
        await select(stack, owner, acme)
    await select(stack, owner, acme)
    assert len((await stack.stripe("GET", "/v1/customers"))["data"]) == 1


async def test_rate_limits_are_waited_out(stack: Stack) -> None:
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    await stack.fail({"route": CHECKOUT, "status": 429, "count": 1})
    with pytest.raises(BillingUnavailable) as refused:
        await select(stack, owner, acme)
    assert refused.value.retry_after_seconds >= 1
    await select(stack, owner, acme)
    assert (await intents(stack))[-1] == ("CREATE_CHECKOUT_SESSION", "SUCCEEDED", 1)


async def test_who_waits_for_a_write_that_is_refused_is_refused_too(stack: Stack) -> None:
    """Two find an intent open, and one of them ends it while Stripe tells the other to wait: what
    came of it is a no, and the other may not take it for done.
    """
    payer, route = await new_payer(stack), "POST /v1/subscriptions/*"
    await payer.buy()
    await stack.fail({"route": route, "effect": "disconnect", "count": 2})
    with pytest.raises(BillingUnavailable):
        await payer.change(seats=8)
    async with stack.services.database.begin() as transaction:
        [seen] = await list_left_open(transaction, before=datetime.max.replace(tzinfo=UTC), limit=2)
    refusal = {"type": "card_error", "code": "card_declined", "message": "Declined."}
    await stack.fail({"route": route, "status": 402, "error": refusal, "count": None})
    with pytest.raises(StripeRefusedError):
        await payer.change(seats=8)

    await stack.fail({"route": route, "status": 409, "count": 2})
    with pytest.raises(StripeRefusedError, match="Declined") as refused:
        await stack.services.intents.run(seen)

    assert refused.value.code == "card_declined"


async def test_one_refusal_may_be_a_race_and_two_are_an_answer(stack: Stack) -> None:
    """How things stand is asked again in between."""
    payer = await new_payer(stack)
    await payer.buy()
    gone = {"type": "invalid_request_error", "message": "It has changed just now."}
    fault = {"route": "POST /v1/subscriptions/*", "status": 400, "error": gone}
    await stack.fail(fault | {"count": 2})
    with pytest.raises(StripeRefusedError, match="just now"):
        await payer.change(seats=8)
    await stack.fail(fault | {"count": 1})
    await payer.change(seats=8)
    assert (await payer.subscription()).seats == 8


async def test_a_slow_stripe_is_a_refusal_and_not_a_hanging_call(stack: Stack) -> None:
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    await stack.fail({"route": CHECKOUT, "effect": "timeout", "seconds": 60, "count": None})
    began = datetime.now(UTC)
    with pytest.raises(BillingUnavailable):
        await select(stack, owner, acme)
    assert datetime.now(UTC) - began < timedelta(seconds=40), "long before Stripe lets go"
    await stack.fail()
    await select(stack, owner, acme)
    assert len(await checkouts(stack)) == 1


async def test_a_key_that_stripe_forgot_is_not_used_again(stack: Stack) -> None:
    """After a day only a look-up tells whether the write was done."""
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    await stack.fail({"route": CHECKOUT, "effect": "disconnect", "count": 2, "after_work": True})
    with pytest.raises(BillingUnavailable):
        await select(stack, owner, acme)
    await make_older(stack, timedelta(hours=30))
    await stack.fail({"route": CHECKOUT, "status": 500, "count": None})  # nothing is sent
    session = await select(stack, owner, acme)
    assert [one["url"] for one in await checkouts(stack)] == [session.url]
    assert (await intents(stack))[-1][1:] == ("SUCCEEDED", 1)


async def test_an_intent_whose_caller_died_is_finished(stack: Stack) -> None:
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    await stack.fail({"route": CHECKOUT, "effect": "disconnect", "count": 2, "after_work": True})
    with pytest.raises(BillingUnavailable):
        await select(stack, owner, acme)
    await stack.fail()
    assert await stack.services.intents.run_left_open(older_than=timedelta(0)) == 1
    assert await stack.services.intents.run_left_open(older_than=timedelta(0)) == 0
    session = await select(stack, owner, acme)
    assert [one["url"] for one in await checkouts(stack)] == [session.url]


async def test_an_intent_that_gets_no_answer_holds_up_no_other(stack: Stack) -> None:
    owner = await stack.user("owner")
    await stack.fail({"route": CHECKOUT, "effect": "disconnect", "count": None})
    with pytest.raises(BillingUnavailable):
        await select(stack, owner, await stack.organization(owner, "acme"))
    await stack.fail(
        {"route": CHECKOUT, "effect": "disconnect", "count": None},
        {"route": "POST /v1/customers", "effect": "disconnect", "count": 2},
    )
    with pytest.raises(BillingUnavailable):
        await select(stack, owner, await stack.organization(owner, "globex"))
    assert await stack.services.intents.run_left_open(older_than=timedelta(0)) == 1
    assert [one for one in await intents(stack) if one[1] == "OPEN"] == [
        ("CREATE_CHECKOUT_SESSION", "OPEN", 1)
    ]


async def test_a_checkout_that_ran_out_before_it_was_heard_of_is_not_open(stack: Stack) -> None:
    """Stripe repeats the answer of its making, in which it was open."""
    owner = await stack.user("owner")
    acme = await stack.organization(owner)
    await stack.fail({"route": CHECKOUT, "effect": "disconnect", "count": 2, "after_work": True})
    with pytest.raises(BillingUnavailable):
        await select(stack, owner, acme)
    await stack.fail()
    await stack.sandbox.advance_clock(timedelta(hours=24))
    await stack.services.clock.advance(stack.services.database, timedelta(hours=24))
    await stack.services.intents.run_left_open(older_than=timedelta(0))
    [row] = await stack.services.database.fetch(
        Statement(text("SELECT status, url FROM billing_sessions"))
    )
    assert tuple(row) == ("EXPIRED", None)
    assert [one["status"] for one in await checkouts(stack)] == ["expired"]
