"""Quotes: what they say, and that they are kept to the cent or refused."""

from dataclasses import replace
from datetime import timedelta

import pytest

from db.enums import BillingInterval, ChangeTiming
from services.catalogue import read_catalogue_file
from services.change_refusals import NothingToChange, QuoteExpired, QuoteNotFound, QuoteOutdated
from services.refusals import SeatsBelowUsage
from tests.services.billing_world import Payer, new_payer
from tests.stack import CATALOGUE, Stack

MONTHLY, ANNUAL = BillingInterval.MONTHLY, BillingInterval.ANNUAL


@pytest.fixture
async def payer(stack: Stack) -> Payer:
    payer = await new_payer(stack)
    await payer.buy("PRO", MONTHLY, 5)
    return payer


@pytest.mark.parametrize(
    "wanted",
    [{"seats": 8}, {"plan": "BUSINESS"}, {"interval": ANNUAL}, {"plan": "BUSINESS", "seats": 11}],
)
async def test_an_accepted_quote_is_the_invoice(payer: Payer, wanted: dict[str, object]) -> None:
    await payer.pass_time(timedelta(days=11, hours=7, minutes=13))
    quote = await payer.quote(**wanted)
    assert quote.timing is ChangeTiming.NOW
    await payer.pass_time(timedelta(minutes=9))  # amounts are those of the quote's moment
    await payer.change(quote=quote)
    invoice = (await payer.invoices())[0]
    assert (invoice.total, invoice.amount_paid) == (quote.due_now, quote.due_now)
    assert [(line.description, line.amount) for line in invoice.lines] == [
        (line.description, line.amount) for line in quote.lines
    ]
    subscription = await payer.subscription()
    assert (subscription.price, subscription.seats) == (quote.price, quote.seats)
    assert subscription.next_payment is not None
    begins_later = subscription.next_payment.at - quote.next_invoice_at
    assert timedelta() <= begins_later < timedelta(minutes=10)
    assert subscription.next_payment.amount == quote.next_invoice_total


async def test_a_quote_of_a_reduction_charges_nothing_now(payer: Payer) -> None:
    quote = await payer.quote(plan="PRO", seats=3)
    assert (quote.timing, quote.due_now, quote.lines) == (ChangeTiming.PERIOD_END, 0, ())
    end = (await payer.subscription()).current_period_end
    assert (quote.effective_at, quote.next_invoice_at) == (end, end)
    assert quote.next_invoice_total == 3 * 2500
    await payer.change(quote=quote)
    await payer.pass_time(timedelta(days=32))
    assert (await payer.invoices())[0].total == quote.next_invoice_total


async def test_the_quote_of_a_shorter_interval_names_the_first_regular_invoice(
    stack: Stack,
) -> None:
    payer = await new_payer(stack)
    await payer.buy("PRO", ANNUAL, 4)
    quote = await payer.quote(interval=MONTHLY)
    assert (quote.timing, quote.next_invoice_total) == (ChangeTiming.PERIOD_END, 4 * 2500)


@pytest.mark.parametrize(
    ("wanted", "next_total"),
    [
        ({"seats": 9}, 9 * 2500),
        ({"seats": 4}, 4 * 2500),
        ({"seats": 9, "interval": ANNUAL}, 9 * 24000),
    ],
    ids=["now", "later", "another interval"],
)
async def test_a_quote_tells_what_comes_next_without_the_change_that_it_replaces(
    payer: Payer, wanted: dict[str, object], next_total: int
) -> None:
    """The schedule of the pending change holds three seats for the next period."""
    await payer.change(seats=3)
    quote = await payer.quote(**wanted)
    assert quote.next_invoice_total == next_total
    await payer.change(quote=quote)
    subscription = await payer.subscription()
    assert subscription.next_payment is not None
    assert subscription.next_payment.amount == quote.next_invoice_total


async def test_after_ten_minutes_a_fresh_quote_comes_instead(payer: Payer) -> None:
    quote = await payer.quote(seats=8)
    services = payer.stack.services
    await services.clock.advance(services.database, timedelta(minutes=10))
    with pytest.raises(QuoteExpired) as refused:
        await payer.change(quote=quote)
    fresh = refused.value.quote
    assert fresh.id != quote.id
    assert fresh.expires_at > quote.expires_at
    await payer.change(quote=fresh)
    assert (await payer.subscription()).seats == 8


async def test_a_quote_is_outdated_by_another_change(payer: Payer) -> None:
    await payer.pass_time(timedelta(days=1))
    quote = await payer.quote(seats=8)
    await payer.change(seats=6)
    with pytest.raises(QuoteOutdated) as refused:
        await payer.change(quote=quote)
    assert refused.value.quote.due_now < quote.due_now
    assert (await payer.subscription()).seats == 6
    await payer.change(quote=refused.value.quote)
    assert (await payer.invoices())[0].total == refused.value.quote.due_now


async def test_a_quote_of_a_reduction_is_outdated_by_another_discount(payer: Payer) -> None:
    """Nothing is charged now; what the next invoice is was told, too."""
    quote = await payer.quote(seats=3)
    stripe, found = payer.stack.stripe, await payer.at_stripe()
    coupon = await stripe("POST", "/v1/coupons", percent_off="50", duration="forever")
    form = {"discounts[0][coupon]": coupon["id"]}
    await stripe("POST", f"/v1/subscriptions/{found['id']}", **form)
    with pytest.raises(QuoteOutdated) as refused:
        await payer.change(quote=quote)
    assert refused.value.quote.next_invoice_total == quote.next_invoice_total / 2


async def test_a_quote_is_outdated_by_the_next_period(payer: Payer) -> None:
    left = (await payer.subscription()).current_period_end - payer.stack.services.clock.now()
    await payer.pass_time(left - timedelta(minutes=4))
    quote = await payer.quote(seats=8)
    await payer.pass_time(timedelta(minutes=5))
    with pytest.raises(QuoteOutdated) as refused:
        await payer.change(quote=quote)
    assert refused.value.quote.due_now > quote.due_now
    await payer.change(quote=refused.value.quote)
    assert (await payer.subscription()).seats == 8


async def test_a_quote_is_outdated_by_a_new_price(payer: Payer) -> None:
    quote = await payer.quote(plan="BUSINESS")
    file = read_catalogue_file(CATALOGUE)
    dearer = [
        plan.model_copy(update={"monthly": {"usd": 4_100}}) if plan.code == "BUSINESS" else plan
        for plan in file.plans
    ]
    await payer.stack.services.catalogue.push(file.model_copy(update={"plan": dearer}))
    with pytest.raises(QuoteOutdated) as refused:
        await payer.change(quote=quote)
    assert refused.value.quote.price.unit_amount == 4_100


async def test_a_quote_is_outdated_when_others_would_lose_their_seat(payer: Payer) -> None:
    """The money is the same; who joined in the meantime was not agreed upon."""
    await payer.add_member("first")
    quote = await payer.quote(seats=2, keep=())
    late = await payer.add_member("late")
    with pytest.raises(QuoteOutdated) as refused:
        await payer.change(quote=quote)
    assert [one.id for one in refused.value.quote.losing_seat] == [late]
    await payer.change(quote=refused.value.quote)


async def test_a_quote_names_who_would_lose_their_seat(payer: Payer) -> None:
    first, second = [await payer.add_member(name) for name in ("first", "second")]
    with pytest.raises(SeatsBelowUsage):
        await payer.quote(seats=2)
    quote = await payer.quote(seats=2, keep=(second,))
    assert [one.id for one in quote.losing_seat] == [first]


async def test_a_reduction_that_names_nobody_is_accepted_as_it_was_quoted(payer: Payer) -> None:
    _, second = [await payer.add_member(name) for name in ("first", "second")]
    quote = await payer.quote(seats=2, keep=())
    assert [one.id for one in quote.losing_seat] == [second]
    await payer.change(quote=quote)
    pending = (await payer.subscription()).pending_change
    assert pending is not None
    assert pending.seats == 2


async def test_what_changes_nothing_has_no_quote_and_a_quote_is_its_organizations(
    payer: Payer, stack: Stack
) -> None:
    with pytest.raises(NothingToChange):
        await payer.quote(seats=5)
    other = await new_payer(stack, "other")
    await other.buy()
    quote = await other.quote(seats=8)
    with pytest.raises(QuoteNotFound):
        await payer.change(quote=replace(quote, organization_id=payer.id))
