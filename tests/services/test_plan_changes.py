"""Changing plan, interval and seats, through the real sandbox (B6)."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from db.enums import (
    BillingInterval,
    BillingSessionKind,
    BillingSessionStatus,
    InvoiceStatus,
    PendingChangeKind,
)
from services.catalogue import read_catalogue_file
from services.change_refusals import (
    CancellationScheduled,
    NothingToChange,
    NotSubscribed,
    PaymentFailed,
    PaymentRequired,
)
from services.refusals import (
    IdempotencyKeyReused,
    InvalidInput,
    SeatsBelowUsage,
    SeatsOutOfRange,
    UnknownPlan,
)
from tests.services.billing_world import ASKS_ALWAYS, DECLINED_LATER, Payer, new_payer
from tests.stack import APP_ORIGIN, CATALOGUE, Stack

MONTHLY, ANNUAL = BillingInterval.MONTHLY, BillingInterval.ANNUAL


@pytest.fixture
async def payer(stack: Stack) -> Payer:
    payer = await new_payer(stack)
    await payer.buy("PRO", MONTHLY, 5)
    return payer


async def test_more_seats_count_now_and_are_invoiced_now(payer: Payer) -> None:
    await payer.pass_time(timedelta(days=10))
    outcome = await payer.change(seats=8)
    assert (outcome.billing_session_id, outcome.replaced) == (None, None)
    subscription = await payer.subscription()
    assert (subscription.seats, subscription.pending_change) == (8, None)
    newest = (await payer.invoices())[0]
    assert [line.proration for line in newest.lines] == [True, True]
    assert newest.amount_paid == newest.total > 0


async def test_a_bigger_plan_and_a_longer_interval_count_now(payer: Payer) -> None:
    await payer.change(plan="BUSINESS")
    assert (await payer.look()).plan.code == "BUSINESS"
    await payer.change(interval=ANNUAL)
    subscription = await payer.subscription()
    assert (subscription.interval, subscription.seats) == (ANNUAL, 5)
    assert subscription.current_period_end - subscription.current_period_start > timedelta(days=364)


async def test_more_seats_keep_the_price_and_another_interval_takes_todays(payer: Payer) -> None:
    file = read_catalogue_file(CATALOGUE)
    dearer = [
        plan.model_copy(update={"monthly": {"usd": 2_900}, "annual": {"usd": 27_000}})
        if plan.code == "PRO"
        else plan
        for plan in file.plans
    ]
    await payer.stack.services.catalogue.push(file.model_copy(update={"plan": dearer}))
    await payer.change(seats=8)
    subscription = await payer.subscription()
    assert (subscription.price.unit_amount, subscription.seats) == (2_500, 8)
    await payer.change(seats=6)
    assert (await payer.quote(seats=7)).price.unit_amount == 2_500
    await payer.change(interval=ANNUAL)
    assert (await payer.subscription()).price.unit_amount == 27_000


@pytest.mark.parametrize(
    ("bought", "wanted", "then"),
    [
        (("PRO", MONTHLY, 5), {"seats": 3}, ("PRO", MONTHLY, 3)),
        (("BUSINESS", MONTHLY, 5), {"plan": "PRO"}, ("PRO", MONTHLY, 5)),
        (("PRO", ANNUAL, 5), {"interval": MONTHLY}, ("PRO", MONTHLY, 5)),
        # what goes down takes along what goes up
        (("BUSINESS", MONTHLY, 5), {"plan": "PRO", "seats": 9}, ("PRO", MONTHLY, 9)),
        (("PRO", ANNUAL, 5), {"interval": MONTHLY, "plan": "BUSINESS"}, ("BUSINESS", MONTHLY, 5)),
    ],
)
async def test_what_goes_down_waits_for_the_end_of_the_period(
    stack: Stack,
    bought: tuple[str, BillingInterval, int],
    wanted: dict[str, Any],
    then: tuple[str, BillingInterval, int],
) -> None:
    payer = await new_payer(stack)
    await payer.buy(*bought)
    await payer.change(**wanted)
    subscription = await payer.subscription()
    assert (subscription.plan.code, subscription.interval, subscription.seats) == bought
    pending = subscription.pending_change
    assert pending is not None
    assert (pending.kind, pending.effective_at) == ("SCHEDULED", subscription.current_period_end)
    assert (pending.plan.code, pending.interval, pending.seats) == then
    assert len(await payer.invoices()) == 1, "nothing was charged"

    year = timedelta(days=366)
    await payer.pass_time(year if bought[1] is ANNUAL else timedelta(days=32))
    subscription = await payer.subscription()
    assert (subscription.plan.code, subscription.interval, subscription.seats) == then
    assert subscription.pending_change is None


async def test_the_schedule_lets_go_once_its_change_has_taken_effect(payer: Payer) -> None:
    await payer.change(seats=3)
    await payer.pass_time(timedelta(days=32))
    await payer.stack.services.schedule_release.release(payer.id)
    [at_stripe] = (await payer.stack.stripe("GET", "/v1/subscriptions"))["data"]
    assert at_stripe["schedule"] is None
    await payer.change(seats=7)
    assert (await payer.subscription()).seats == 7


async def test_a_change_right_after_the_effect_needs_no_job_before(payer: Payer) -> None:
    await payer.change(seats=3)
    await payer.pass_time(timedelta(days=32))
    await payer.change(seats=2)
    await payer.pass_time(timedelta(days=32))
    assert (await payer.subscription()).seats == 2


async def test_a_declined_payment_changes_nothing_and_can_be_paid(payer: Payer) -> None:
    await payer.use_card(DECLINED_LATER)
    with pytest.raises(PaymentFailed) as refused:
        await payer.change(plan="BUSINESS", seats=9)
    assert refused.value.pay_url
    subscription = await payer.subscription()
    assert (subscription.plan.code, subscription.seats) == ("PRO", 5)
    assert subscription.status == "ACTIVE"
    pending = subscription.pending_change
    assert pending is not None
    assert (pending.kind, pending.plan.code, pending.seats) == ("AWAITING_PAYMENT", "BUSINESS", 9)
    assert pending.pay_url == refused.value.pay_url

    await payer.use_card("4242424242424242")
    [owed] = [one for one in await payer.invoices() if one.status == "OPEN"]
    [found] = (await payer.stack.stripe("GET", "/v1/invoices?status=open"))["data"]
    assert owed.number == found["number"]
    await payer.stack.stripe("POST", f"/v1/invoices/{found['id']}/pay")
    await payer.sync()
    subscription = await payer.subscription()
    assert (subscription.plan.code, subscription.seats) == ("BUSINESS", 9)


async def test_3d_secure_gives_a_session_that_finishes_the_payment(payer: Payer) -> None:
    await payer.use_card(ASKS_ALWAYS)
    outcome = await payer.change(seats=9)
    assert outcome.billing_session_id is not None
    session = await payer.session(outcome.billing_session_id)
    assert (session.kind, session.status) == (BillingSessionKind.PAYMENT, "OPEN")
    subscription = await payer.subscription()
    assert subscription.seats == 5, "nothing is granted unpaid"
    assert subscription.pending_change is not None
    assert session.url == subscription.pending_change.pay_url
    assert session.expires_at == subscription.pending_change.expires_at

    await payer.use_card("4242424242424242")
    [owed] = (await payer.stack.stripe("GET", "/v1/invoices?status=open"))["data"]
    await payer.stack.stripe("POST", f"/v1/invoices/{owed['id']}/pay")
    await payer.sync()
    assert (await payer.subscription()).seats == 9
    session = await payer.session(outcome.billing_session_id)
    assert (session.status, session.url) == (BillingSessionStatus.COMPLETED, None)


@pytest.mark.parametrize("quoted", [False, True])
async def test_who_clicks_again_is_led_to_the_payment_that_is_open(
    payer: Payer, *, quoted: bool
) -> None:
    await payer.use_card(ASKS_ALWAYS)
    quote = await payer.quote(seats=9) if quoted else None
    first = await payer.change(quote=quote, seats=9)
    assert first.billing_session_id is not None
    assert await payer.change(quote=quote, seats=9) == first
    assert (await payer.session(first.billing_session_id)).status == "OPEN"
    assert sorted(one.status for one in await payer.invoices()) == ["OPEN", "PAID"]
    other = await payer.change(seats=8)
    assert other.billing_session_id not in {None, first.billing_session_id}
    assert other.replaced is not None
    assert (await payer.session(first.billing_session_id)).status != "OPEN"


async def test_a_declined_change_that_is_asked_for_again_is_tried_with_the_new_card(
    payer: Payer,
) -> None:
    await payer.use_card(DECLINED_LATER)
    with pytest.raises(PaymentFailed):
        await payer.change(seats=9)
    await payer.use_card("4242424242424242")
    await payer.change(seats=9)
    assert (await payer.subscription()).seats == 9


async def test_what_is_scheduled_already_is_not_scheduled_anew(payer: Payer) -> None:
    await payer.change(seats=3)
    [before] = (await payer.stack.stripe("GET", "/v1/subscription_schedules"))["data"]
    again = await payer.change(seats=3)
    assert again.replaced is None
    assert (await payer.stack.stripe("GET", "/v1/subscription_schedules"))["data"] == [before]
    with pytest.raises(NothingToChange, match="call off"):
        await payer.change(seats=5)


async def test_what_is_scheduled_is_done_now_where_it_has_become_an_upgrade(payer: Payer) -> None:
    await payer.change(seats=3)
    found = await payer.at_stripe()
    form = {"items[0][id]": found["items"]["data"][0]["id"], "items[0][quantity]": "2"}
    await payer.stack.stripe("POST", f"/v1/subscriptions/{found['id']}", **form)
    outcome = await payer.change(seats=3)
    assert outcome.replaced is not None
    subscription = await payer.subscription()
    assert (subscription.seats, subscription.pending_change) == (3, None)


async def test_an_unpaid_change_is_dropped_after_a_day(payer: Payer) -> None:
    await payer.use_card(ASKS_ALWAYS)
    outcome = await payer.change(seats=9)
    assert outcome.billing_session_id is not None
    await payer.pass_time(timedelta(hours=24))
    subscription = await payer.subscription()
    assert (subscription.seats, subscription.pending_change) == (5, None)
    assert (await payer.session(outcome.billing_session_id)).status == BillingSessionStatus.EXPIRED


async def test_a_change_that_waits_is_told_though_its_payment_may_not_be_read(payer: Payer) -> None:
    """A restricted key may lack one permission; the change was made before it shows."""
    await payer.use_card(DECLINED_LATER)
    await payer.stack.fail({"route": "GET /v1/invoice_payments", "status": 403, "count": None})

    with pytest.raises(PaymentFailed) as failed:
        await payer.change(seats=9)

    pending = (await payer.subscription()).pending_change
    assert pending is not None
    assert (pending.kind, pending.seats) == (PendingChangeKind.AWAITING_PAYMENT, 9)
    [open_invoice] = [one for one in await payer.invoices() if one.status is InvoiceStatus.OPEN]
    assert failed.value.pay_url == open_invoice.hosted_url


async def test_a_new_change_replaces_the_one_that_is_pending_and_says_so(payer: Payer) -> None:
    await payer.change(seats=3)
    second = await payer.change(seats=4)
    assert second.replaced is not None
    assert second.replaced.seats == 3
    pending = (await payer.subscription()).pending_change
    assert pending is not None
    assert pending.seats == 4
    third = await payer.change(plan="BUSINESS", seats=6)
    assert third.replaced is not None
    assert third.replaced.seats == 4
    subscription = await payer.subscription()
    assert (subscription.plan.code, subscription.seats) == ("BUSINESS", 6)
    assert subscription.pending_change is None


@pytest.mark.parametrize("seats", [4, 9])
async def test_a_repeated_call_says_again_what_it_replaced(payer: Payer, seats: int) -> None:
    await payer.use_card(DECLINED_LATER)
    with pytest.raises(PaymentFailed):
        await payer.change(seats=8)
    await payer.use_card("4242424242424242")
    first = await payer.change(key="k", seats=seats)
    assert first.replaced is not None
    assert (first.replaced.kind, first.replaced.seats) == ("AWAITING_PAYMENT", 8)
    assert await payer.change(key="k", seats=seats) == first


async def test_a_scheduled_change_replaces_one_that_awaits_payment(payer: Payer) -> None:
    await payer.use_card(DECLINED_LATER)
    with pytest.raises(PaymentFailed):
        await payer.change(seats=9)
    outcome = await payer.change(seats=3)
    assert outcome.replaced is not None
    assert outcome.replaced.kind == "AWAITING_PAYMENT"
    pending = (await payer.subscription()).pending_change
    assert pending is not None
    assert (pending.kind, pending.seats) == ("SCHEDULED", 3)
    assert {one.status for one in await payer.invoices()} == {"PAID", "VOID"}


async def test_calling_off_works_for_both_kinds(payer: Payer) -> None:
    await payer.change(seats=3)
    await payer.call_off()
    assert (await payer.subscription()).pending_change is None
    await payer.use_card(DECLINED_LATER)
    with pytest.raises(PaymentFailed):
        await payer.change(seats=9)
    await payer.call_off()
    subscription = await payer.subscription()
    assert (subscription.seats, subscription.pending_change) == (5, None)
    assert "OPEN" not in {one.status for one in await payer.invoices()}


async def test_twice_at_once_is_one_change_and_one_charge(payer: Payer) -> None:
    await payer.pass_time(timedelta(days=3))
    calls = (payer.change(seats=8) for _ in range(3))
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert (await payer.subscription()).seats == 8, outcomes
    assert len(await payer.invoices()) == 2


async def test_the_same_key_gives_the_same_answer(payer: Payer) -> None:
    quote, another = [await payer.quote(seats=8) for _ in range(2)]
    first = await payer.change(quote=quote, key="k1")
    assert await payer.change(quote=quote, key="k1") == first
    assert len(await payer.invoices()) == 2
    elsewhere: dict[str, Any] = {"quote": quote, "return_url": f"{APP_ORIGIN}/there"}
    for other in ({"seats": 8}, {"quote": another}, elsewhere):
        with pytest.raises(IdempotencyKeyReused):
            await payer.change(key="k1", **other)


async def test_the_same_key_finds_the_payment_that_is_to_be_finished(payer: Payer) -> None:
    await payer.use_card(ASKS_ALWAYS)
    first = await payer.change(seats=8, key="k1")
    second = await payer.change(seats=8, key="k1")
    assert first.billing_session_id == second.billing_session_id is not None


@pytest.mark.parametrize("after_work", [True, False])
async def test_a_lost_answer_is_asked_for_again_and_charged_once(
    payer: Payer, *, after_work: bool
) -> None:
    fault = {"route": "POST /v1/subscriptions/*", "effect": "error", "status": 500, "count": 1}
    await payer.stack.fail(fault | {"after_work": after_work, "stored": True})
    answers = [await asyncio.gather(payer.change(seats=8), return_exceptions=True)]
    await payer.stack.stripe("DELETE", "/_control/faults")
    answers.append(await asyncio.gather(payer.change(seats=8), return_exceptions=True))
    assert (await payer.subscription()).seats == 8, answers
    assert len([one for one in await payer.invoices() if one.total > 0]) == 2


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        ({"plan": "FREE"}, InvalidInput),
        ({"plan": "GOLD"}, UnknownPlan),
        ({"plan": "", "seats": 9}, UnknownPlan),
        ({"seats": 51}, SeatsOutOfRange),
        ({"seats": 1}, SeatsOutOfRange),
        ({"plan": "BUSINESS", "seats": 4}, SeatsOutOfRange),
        ({"seats": 5}, NothingToChange),
        ({}, NothingToChange),
    ],
)
async def test_what_makes_no_sense_is_refused(
    payer: Payer, wanted: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        await payer.change(**wanted)
    assert len(await payer.invoices()) == 1


async def test_who_never_bought_or_cancels_or_owes_cannot_change(stack: Stack) -> None:
    payer = await new_payer(stack)
    with pytest.raises(NotSubscribed):
        await payer.change(seats=8)
    await payer.buy()
    await payer.cancel()
    with pytest.raises(CancellationScheduled):
        await payer.change(seats=8)
    await payer.resume()
    await payer.use_card(DECLINED_LATER)
    await payer.pass_time(timedelta(days=32))
    subscription = await payer.subscription()
    assert subscription.status == "PAST_DUE"
    assert subscription.payment_issue is not None
    with pytest.raises(PaymentRequired) as refused:
        await payer.change(seats=8)
    assert refused.value.pay_url == subscription.payment_issue.pay_url


async def test_seats_in_use_are_kept_or_their_holders_named(payer: Payer) -> None:
    first, second, third = [await payer.add_member(f"m{number}") for number in range(3)]
    with pytest.raises(SeatsBelowUsage) as refused:
        await payer.change(seats=2)
    assert (refused.value.seats, refused.value.occupied) == (2, 4)
    # the owner keeps a seat in any case
    for keep in [(first, second, third), (first, second), (uuid4(),)]:
        with pytest.raises(InvalidInput):
            await payer.change(seats=2, keep=keep)

    quote = await payer.quote(seats=2, keep=(third,))
    assert [one.id for one in quote.losing_seat] == [first, second]
    await payer.change(quote=quote)
    usage = (await payer.look()).seat_usage
    assert (usage.limit, usage.occupied) == (5, 4), "nobody has lost a seat yet"

    await payer.pass_time(timedelta(days=32))
    usage = (await payer.look()).seat_usage
    assert (usage.limit, usage.occupied) == (2, 2)
    left = await payer.reasons()
    assert {key for key, reason in left.items() if reason == "NO_SEAT"} == {first, second}
    await payer.sync()
    assert await payer.reasons() == left


async def test_seats_are_allotted_though_the_schedule_is_gone_when_its_effect_is_seen(
    payer: Payer,
) -> None:
    first, second = [await payer.add_member(f"m{number}") for number in range(2)]
    await payer.change(seats=2, keep=(second,))
    schedule, month = (await payer.at_stripe())["schedule"]["id"], timedelta(days=32)
    stripe, services = payer.stack.stripe, payer.stack.services
    await stripe("POST", "/_control/clock/advance", seconds=int(month.total_seconds()))
    await services.clock.advance(services.database, month)
    await stripe("POST", f"/v1/subscription_schedules/{schedule}/release")
    await payer.sync()
    reasons = await payer.reasons()
    assert {one for one, reason in reasons.items() if reason == "NO_SEAT"} == {first}


async def test_an_edit_at_stripe_throws_nobody_out_nor_does_a_change_unasked(stack: Stack) -> None:
    payer = await new_payer(stack)
    await payer.buy("PRO", ANNUAL, 5)
    first, second, third = [await payer.add_member(f"m{number}") for number in range(3)]
    [found] = (await payer.stack.stripe("GET", "/v1/subscriptions"))["data"]
    item = found["items"]["data"][0]["id"]
    form = {"items[0][id]": item, "items[0][quantity]": "2"}
    await payer.stack.stripe("POST", f"/v1/subscriptions/{found['id']}", **form)
    await payer.sync()
    usage = (await payer.look()).seat_usage
    assert (usage.limit, usage.occupied, usage.over) == (2, 4, 2)

    with pytest.raises(SeatsBelowUsage):
        await payer.change(interval=MONTHLY)
    quote = await payer.quote(interval=MONTHLY, keep=(third,))
    assert [one.id for one in quote.losing_seat] == [first, second]
