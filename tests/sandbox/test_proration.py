"""Prorations worked by hand, made through the API and compared line by line.

How they are worked (Stripe: docs.stripe.com/billing/subscriptions/prorations, and for flexible
billing docs.stripe.com/billing/subscriptions/billing-mode): with `left` the part of the period that
lies after the change, to the second,

    credit = -round(what was really debited for the item * left of what that debit covered)
    charge = round(new price * new seats, less discounts, * left of the item's period)

each rounded on its own, halves away from zero. PRO is 25.00 a month or 240.00 a year, BUSINESS
40.00 or 384.00, for each seat. Amounts are cents unless the currency has none.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import stripe

from tests.sandbox.worlds import DAY, World

PRICES: dict[str, tuple[int, str, int]] = {
    "pro": (2500, "month", 1),
    "pro_year": (24000, "year", 1),
    "business": (4000, "month", 1),
    "business_year": (38400, "year", 1),
    "odd": (1001, "month", 1),
    "weekly": (700, "week", 1),
    "daily": (100, "day", 1),
    "quarterly": (7000, "month", 3),
}


@dataclass(frozen=True)
class Step:
    """One update at a moment; `seats` and `price` are as in the item's parameters."""

    at: str
    seats: int | None = None
    price: str | None = None
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """`lines` and `total` are those of the invoice that the last step makes."""

    name: str
    why: str
    start: str
    steps: list[Step]
    lines: list[int]
    total: int
    seats: int = 5
    price: str = "pro"
    coupon: dict[str, Any] | None = None
    country: str | None = None


ROWS = [
    Row("seats up, half of April", "left 15/30: 12500/2, 17500/2",
        "2027-04-01", [Step("2027-04-16", 7)], [-6250, 8750], 2500),
    Row("seats up after a day of January", "left 30/31: 12096.77, 14516.13",
        "2027-01-01", [Step("2027-01-02", 6)], [-12097, 14516], 2419),
    Row("at the first second", "left 1: the whole of both",
        "2027-04-01", [Step("2027-04-01", 2)], [-2500, 5000], 2500, seats=1),
    Row("one second later", "left 2591999/2592000: 12499.995, 17499.993",
        "2027-04-01", [Step("2027-04-01T00:00:01", 7)], [-12500, 17500], 5000),
    Row("at the last second", "left 1/2592000: 0.005, 0.007",
        "2027-04-01", [Step("2027-04-30T23:59:59", 7)], [0, 0], 0),
    Row("at the last second, 500 seats", "1/2592000 of 2000000 is 0.77, of 2400000 0.93",
        "2027-04-01", [Step("2027-04-30T23:59:59", 600)], [-1, 1], 0, seats=500, price="business"),
    Row("at an odd moment", "822896 s gone, left 1769104/2592000: 8531.56, 11944.18",
        "2027-04-01", [Step("2027-04-10T12:34:56", 7)], [-8532, 11944], 3412),
    Row("a tenth of the seats", "left 20/30: 83333.33, 91666.67",
        "2027-04-01", [Step("2027-04-11", 55)], [-83333, 91667], 8334, seats=50),
    Row("upgrade, half of April", "left 1/2: 12500, 20000",
        "2027-04-01", [Step("2027-04-16", 5, "business")], [-6250, 10000], 3750),
    Row("upgrade, half of February", "left 14/28: as in any month",
        "2027-02-01", [Step("2027-02-15", 5, "business")], [-6250, 10000], 3750),
    Row("upgrade and more seats", "left 2/3: 8333.33, 8 * 4000 * 2/3 = 21333.33",
        "2027-04-01", [Step("2027-04-11", 8, "business")], [-8333, 21333], 13000),
    Row("upgrade on a leap day", "left 1/29: 431.03, 689.66",
        "2028-02-01", [Step("2028-02-29", 5, "business")], [-431, 690], 259),
    Row("upgrade without a quantity", "a new price means one seat: 12500/2, 4000/2",
        "2027-04-01", [Step("2027-04-16", None, "business")], [-6250, 2000], -4250),
    Row("downgrade", "left 1/2: 20000, 12500",
        "2027-04-01", [Step("2027-04-16", 5, "pro")], [-10000, 6250], -3750, price="business"),
    Row("seats down", "left 2/3: 11666.67, 8333.33",
        "2027-04-01", [Step("2027-04-11", 5)], [-11667, 8333], -3334, seats=7),
    Row("to no seats", "left 1/2: 12500, nothing",
        "2027-04-01", [Step("2027-04-16", 0)], [-6250, 0], -6250),
    Row("another price of the same amount", "left 1/3 of 12500 twice: 4166.67",
        "2027-04-01", [Step("2027-04-21", 5, "pro_again")], [-4167, 4167], 0),
    Row("from the 31st to the end of February", "31 Jan to 28 Feb is 28 days, left 14",
        "2027-01-31", [Step("2027-02-14", 7)], [-6250, 8750], 2500),
    Row("from the 31st, the next period", "28 Feb to 31 Mar is 31 days, left 16: 6451.61, 9032.26",
        "2027-01-31", [Step("2027-03-15", 7)], [-6452, 9032], 2580),
    Row("31 days to 30", "31 Mar to 30 Apr is 30 days, left 15",
        "2027-03-31", [Step("2027-04-15", 7)], [-6250, 8750], 2500),
    Row("the end of a leap February", "31 Jan to 29 Feb 2028 is 29 days, left 10: 4310.34, 6034.48",
        "2028-01-31", [Step("2028-02-19", 7)], [-4310, 6034], 1724),
    Row("a year", "left 292/365 = 0.8: 96000, 115200",
        "2027-01-01", [Step("2027-03-15", 6)], [-96000, 115200], 19200, price="pro_year"),
    Row("a leap year", "left 183/366: 60000, 72000",
        "2028-01-01", [Step("2028-07-02", 6)], [-60000, 72000], 12000, price="pro_year"),
    Row("a year with a leap day at its end", "to 1 Mar 2028 is 366 days, left 1: 327.87, 393.44",
        "2027-03-01", [Step("2028-02-29", 6)], [-328, 393], 65, price="pro_year"),
    Row("a year from a leap day", "29 Feb 2028 to 28 Feb 2029 is 365 days, left 292: 0.8",
        "2028-02-29", [Step("2028-05-12", 6)], [-96000, 115200], 19200, price="pro_year"),
    Row("month to year", "credit 12500/2, then a whole new year: 5 * 24000",
        "2027-04-01", [Step("2027-04-16", 5, "pro_year")], [-6250, 120000], 113750),
    Row("year to month", "credit 120000 * 0.8, then a whole month: 12500",
        "2027-01-01", [Step("2027-03-15", 5, "pro")], [-96000, 12500], -83500, price="pro_year"),
    Row("month to year, plan and seats", "credit 12500 * 2/3 = 8333.33, then 6 * 38400",
        "2027-04-01", [Step("2027-04-11", 6, "business_year")], [-8333, 230400], 222067),
    Row("month to year without proration", "no credit, and still the whole year",
        "2027-04-01", [Step("2027-04-16", 5, "pro_year", {"proration_behavior": "none"})],
        [120000], 120000),
    Row("a new billing date", "credit 12500/2, then a whole month from today",
        "2027-04-01", [Step("2027-04-16", None, None, {"billing_cycle_anchor": {"type": "now"}})],
        [-6250, 12500], 6250),
    Row("twice in a period", "first debit 17500 * 2/3 = 11667 for 20 days; half of it is 5833.5",
        "2027-04-01", [Step("2027-04-11", 7), Step("2027-04-21", 10)], [-5834, 8333], 2499),
    Row("up and down again", "debit 12500 for 15 days, half of it back; 12500 * 7.5/30",
        "2027-04-01", [Step("2027-04-16", 10), Step("2027-04-23T12:00:00", 5)],
        [-6250, 3125], -3125),
    Row("twice in one second", "the debit of 7500 comes back whole; 17500/2",
        "2027-04-01", [Step("2027-04-16", 6), Step("2027-04-16", 7)], [-7500, 8750], 1250),
    Row("a change without proration before", "credited is what was debited: 12500/2; 20000/2",
        "2027-04-01", [Step("2027-04-11", 7, None, {"proration_behavior": "none"}),
                       Step("2027-04-16", 8)], [-6250, 10000], 3750),
    Row("a proration date in the past", "left 20/30 although it is the 13th",
        "2027-04-01", [Step("2027-04-13", 7, None, {"proration_date": "2027-04-11"})],
        [-8333, 11667], 3334),
    Row("half a cent", "1001/2 = 500.5 goes away from zero; 2002/2",
        "2027-04-01", [Step("2027-04-16", 2)], [-501, 1001], 500, seats=1, price="odd"),
    Row("a week", "left 3.5/7: 350, 700",
        "2027-04-01", [Step("2027-04-04T12:00:00", 2)], [-350, 700], 350, seats=1, price="weekly"),
    Row("a day", "left 18/24: 75, 300",
        "2027-04-01", [Step("2027-04-01T06:00:00", 4)], [-75, 300], 225, seats=1, price="daily"),
    Row("a quarter", "1 Jan to 1 Apr is 90 days, left 60: 4666.67, 9333.33",
        "2027-01-01", [Step("2027-01-31", 2)], [-4667, 9333], 4666, seats=1, price="quarterly"),
    Row("a coupon for ever", "debited 10000; new 17500 less 20% = 14000; left 1/2",
        "2027-04-01", [Step("2027-04-16", 7)], [-5000, 7000], 2000,
        coupon={"percent_off": 20, "duration": "forever"}),
    Row("a coupon of a fixed amount", "debited 11500; new 17500 - 1000 = 16500; left 1/2",
        "2027-04-01", [Step("2027-04-16", 7)], [-5750, 8250], 2500,
        coupon={"amount_off": 1000, "currency": "usd", "duration": "forever"}),
    Row("a coupon for once", "debited 6250; it is used up, so the new price is full: 17500/2",
        "2027-04-01", [Step("2027-04-16", 7)], [-3125, 8750], 5625,
        coupon={"percent_off": 50, "duration": "once"}),
    Row("a coupon for a month, in the second month", "over on 1 May; left 15.5/31",
        "2027-04-01", [Step("2027-05-16T12:00:00", 7)], [-6250, 8750], 2500,
        coupon={"percent_off": 20, "duration": "repeating", "duration_in_months": 1}),
    Row("tax on top", "19% of each line: -1187.5 and 1662.5, halves away from zero: 475",
        "2027-04-01", [Step("2027-04-16", 7)], [-6250, 8750], 2975, country="DE"),
]  # fmt: skip


def _moment(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@dataclass
class Bench:
    """The prices of the table in an account of its own."""

    world: World
    prices: dict[str, str]

    async def subscribe(self, row: Row) -> stripe.Subscription:
        client = self.world.stripe.v1
        payer: Any = {"payment_method": "pm_card_visa"}
        if row.country:
            payer["address"] = {"country": row.country}
        customer = await client.customers.create_async(payer)
        methods = await client.payment_methods.list_async({"customer": customer.id})
        params: Any = {
            "customer": customer.id,
            "items": [{"price": self.prices[row.price], "quantity": row.seats}],
            "default_payment_method": methods.data[0].id,
            "automatic_tax": {"enabled": row.country is not None},
        }
        if row.coupon:
            coupon = await client.coupons.create_async(row.coupon)  # type: ignore[arg-type] # a table
            params["discounts"] = [{"coupon": coupon.id}]
        await self.world.freeze_at(_moment(row.start))
        return await client.subscriptions.create_async(params)

    async def take(self, subscription: stripe.Subscription, step: Step) -> stripe.Subscription:
        if _moment(step.at) > await self.world.now():
            await self.world.advance_to(_moment(step.at))
        return await self.world.stripe.v1.subscriptions.update_async(
            subscription.id, self.params(subscription, step)
        )

    def params(self, subscription: stripe.Subscription, step: Step) -> Any:
        item: dict[str, Any] = {"id": subscription["items"].data[0].id}
        if step.seats is not None:
            item["quantity"] = step.seats
        if step.price is not None:
            item["price"] = self.prices[step.price]
        params = {"proration_behavior": "always_invoice", **step.params}
        if "proration_date" in params:
            params["proration_date"] = _moment(params["proration_date"])
        return params | ({"items": [item]} if len(item) > 1 else {})


@pytest.fixture
async def bench(world: World) -> Bench:
    client = world.stripe.v1
    product = await client.products.create_async({"name": "Pro"})
    prices = {}
    for name, (amount, interval, count) in {**PRICES, "pro_again": PRICES["pro"]}.items():
        recurring: Any = {"interval": interval, "interval_count": count}
        made = await client.prices.create_async(
            {
                "product": product.id,
                "currency": "usd",
                "unit_amount": amount,
                "recurring": recurring,
                "currency_options": {"jpy": {"unit_amount": 4000}},
            }
        )
        prices[name] = made.id
    return Bench(world, prices)


def test_the_table_is_long_enough() -> None:
    assert len(ROWS) >= 40
    assert len({row.name for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_proration(bench: Bench, row: Row) -> None:
    subscription = await bench.subscribe(row)
    *before, last = row.steps
    for step in before:
        await bench.take(subscription, step)
    if _moment(last.at) > await bench.world.now():
        await bench.world.advance_to(_moment(last.at))
    previewed = await _preview(bench, subscription, last)
    updated = await bench.take(subscription, last)
    invoice = await bench.world.stripe.v1.invoices.retrieve_async(str(updated.latest_invoice))
    assert [line.amount for line in invoice.lines.data] == row.lines, row.why
    assert invoice.total == row.total, row.why
    assert [line.amount for line in previewed.lines.data] == row.lines, "the preview differs"
    assert (previewed.total, previewed.amount_due) == (invoice.total, invoice.amount_due)
    assert invoice.billing_reason == "subscription_update"


async def _preview(bench: Bench, subscription: stripe.Subscription, step: Step) -> stripe.Invoice:
    details = bench.params(subscription, step)
    return await bench.world.stripe.v1.invoices.create_preview_async(
        {"subscription": subscription.id, "subscription_details": details}
    )


async def test_a_currency_without_minor_units(bench: Bench) -> None:
    """3 to 4 seats at 4000 yen, left 21/31: 8129.03 and 10838.71."""
    client = bench.world.stripe.v1
    customer = await client.customers.create_async({"payment_method": "pm_card_visa"})
    methods = await client.payment_methods.list_async({"customer": customer.id})
    await bench.world.freeze_at(_moment("2027-01-01"))
    subscription = await client.subscriptions.create_async(
        {
            "customer": customer.id,
            "currency": "jpy",
            "items": [{"price": bench.prices["pro"], "quantity": 3}],
            "default_payment_method": methods.data[0].id,
        }
    )
    updated = await bench.take(subscription, Step("2027-01-11", 4))
    invoice = await client.invoices.retrieve_async(str(updated.latest_invoice))
    assert [line.amount for line in invoice.lines.data] == [-8129, 10839]
    assert (invoice.currency, invoice.total) == ("jpy", 2710)


async def test_a_trial_owes_nothing_and_its_end_bills_in_full(bench: Bench) -> None:
    row = Row("trial", "", "2027-04-01", [], [], 0)
    client = bench.world.stripe.v1
    customer = await client.customers.create_async({"payment_method": "pm_card_visa"})
    methods = await client.payment_methods.list_async({"customer": customer.id})
    await bench.world.freeze_at(_moment(row.start))
    subscription = await client.subscriptions.create_async(
        {
            "customer": customer.id,
            "items": [{"price": bench.prices["pro"], "quantity": 5}],
            "default_payment_method": methods.data[0].id,
            "trial_period_days": 14,
        }
    )
    changed = await bench.take(subscription, Step("2027-04-05", 7))
    assert changed.latest_invoice == subscription.latest_invoice
    ended = await client.subscriptions.update_async(subscription.id, {"trial_end": "now"})
    invoice = await client.invoices.retrieve_async(str(ended.latest_invoice))
    assert ended.status == "active"
    assert [line.amount for line in invoice.lines.data] == [17500]
    assert ended["items"].data[0].current_period_start == _moment("2027-04-05")


async def test_prorations_that_wait_are_on_the_next_invoice(bench: Bench) -> None:
    """5 to 7 seats on the 16th: -6250 and 8750 wait, then comes a month of 7 seats."""
    subscription = await bench.subscribe(Row("wait", "", "2027-04-01", [], [], 0))
    step = Step("2027-04-16", 7, None, {"proration_behavior": "create_prorations"})
    updated = await bench.take(subscription, step)
    assert updated.latest_invoice == subscription.latest_invoice
    upcoming = await bench.world.stripe.v1.invoices.create_preview_async(
        {"subscription": subscription.id}
    )
    assert [line.amount for line in upcoming.lines.data] == [-6250, 8750, 17500]
    await bench.world.advance(16 * DAY)
    renewed = await bench.world.stripe.v1.subscriptions.retrieve_async(
        subscription.id, {"expand": ["latest_invoice"]}
    )
    assert isinstance(renewed.latest_invoice, stripe.Invoice)
    assert [line.amount for line in renewed.latest_invoice.lines.data] == [-6250, 8750, 17500]
    assert renewed.latest_invoice.amount_paid == upcoming.amount_due == 20000


async def test_an_item_that_is_added_and_one_that_is_removed(bench: Bench) -> None:
    """Half of April: a seat of BUSINESS costs 4000/2; taken away at once, all of it comes back."""
    subscription = await bench.subscribe(Row("items", "", "2027-04-01", [], [], 0))
    client = bench.world.stripe.v1
    await bench.world.advance_to(_moment("2027-04-16"))
    added = await client.subscriptions.update_async(
        subscription.id,
        {
            "items": [{"price": bench.prices["business"]}],
            "proration_behavior": "always_invoice",
            "expand": ["latest_invoice"],
        },
    )
    assert isinstance(added.latest_invoice, stripe.Invoice)
    assert [line.amount for line in added.latest_invoice.lines.data] == [2000]
    removed = await client.subscriptions.update_async(
        subscription.id,
        {
            "items": [{"id": added["items"].data[1].id, "deleted": True}],
            "proration_behavior": "always_invoice",
            "expand": ["latest_invoice"],
        },
    )
    assert isinstance(removed.latest_invoice, stripe.Invoice)
    assert [line.amount for line in removed.latest_invoice.lines.data] == [-2000]


async def test_a_credit_is_kept_and_used_up(bench: Bench) -> None:
    """7 to 5 seats on the 11th leaves 3334, which the next invoice of 12500 takes off."""
    subscription = await bench.subscribe(Row("credit", "", "2027-04-01", [], [], 0, seats=7))
    await bench.take(subscription, Step("2027-04-11", 5))
    client = bench.world.stripe.v1
    customer = await client.customers.retrieve_async(str(subscription.customer))
    assert customer.balance == -3334
    await bench.world.advance(21 * DAY)
    renewed = await client.subscriptions.retrieve_async(
        subscription.id, {"expand": ["latest_invoice"]}
    )
    assert isinstance(renewed.latest_invoice, stripe.Invoice)
    invoice = renewed.latest_invoice
    assert (invoice.total, invoice.amount_paid) == (12500, 12500 - 3334)
    assert (invoice.starting_balance, invoice.ending_balance) == (-3334, 0)
    customer = await client.customers.retrieve_async(str(subscription.customer))
    assert customer.balance == 0


async def test_an_immediate_cancel_may_credit_the_rest(bench: Bench) -> None:
    """Half of April: 12500/2 comes back as credit."""
    subscription = await bench.subscribe(Row("cancel", "", "2027-04-01", [], [], 0))
    await bench.world.advance_to(_moment("2027-04-16"))
    client = bench.world.stripe.v1
    ended = await client.subscriptions.cancel_async(
        subscription.id, {"prorate": True, "invoice_now": True}
    )
    assert ended.status == "canceled"
    customer = await client.customers.retrieve_async(str(subscription.customer))
    assert customer.balance == -6250


async def test_what_does_not_change_costs_nothing(bench: Bench) -> None:
    subscription = await bench.subscribe(Row("same", "", "2027-04-01", [], [], 0))
    updated = await bench.take(subscription, Step("2027-04-16", 5, "pro"))
    assert updated.latest_invoice == subscription.latest_invoice


async def test_a_proration_date_outside_of_the_period_is_refused(bench: Bench) -> None:
    subscription = await bench.subscribe(Row("date", "", "2027-04-01", [], [], 0))
    step = Step("2027-04-16", 7, None, {"proration_date": "2027-05-02"})
    with pytest.raises(stripe.InvalidRequestError, match="outside of the current billing period"):
        await bench.take(subscription, step)
