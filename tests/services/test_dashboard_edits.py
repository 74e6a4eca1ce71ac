"""What operators do in Stripe's dashboard: other products, add-ons, agreed prices, notes."""

from datetime import timedelta
from typing import Any

import pytest

from db.enums import PendingChangeKind, SubscriptionStatus
from tests.services.billing_world import Payer, new_payer
from tests.services.reconciling import open_findings, reconcile
from tests.stack import Stack


@pytest.fixture
async def acme(stack: Stack) -> Payer:
    payer = await new_payer(stack)
    await payer.buy(seats=5)
    return payer


async def price_of(stack: Stack, product: str, amount: int) -> str:
    form = {"currency": "usd", "unit_amount": str(amount), "product": product}
    made = await stack.stripe("POST", "/v1/prices", **form, **{"recurring[interval]": "month"})
    return str(made["id"])


async def consulting(stack: Stack) -> str:
    """The price of something that we know nothing of."""
    product = (await stack.stripe("POST", "/v1/products", name="Consulting"))["id"]
    return await price_of(stack, product, 9900)


async def items(payer: Payer) -> list[tuple[str, int]]:
    found = (await payer.at_stripe())["items"]["data"]
    return [(one["price"]["id"], one["quantity"]) for one in found]


async def edit(payer: Payer, **form: Any) -> None:
    """Change the subscription by hand."""
    found = await payer.at_stripe()
    await payer.stack.stripe("POST", f"/v1/subscriptions/{found['id']}", **form)


async def test_another_product_of_the_same_customer_is_none_of_ours(
    stack: Stack, acme: Payer
) -> None:
    """It began first, and would count if it were a plan."""
    ours = await acme.at_stripe()
    await stack.stripe("DELETE", f"/v1/subscriptions/{ours['id']}")
    form = {"customer": ours["customer"], "items[0][price]": await consulting(stack)}
    card = ours["default_payment_method"]
    other = await stack.stripe("POST", "/v1/subscriptions", default_payment_method=card, **form)
    await stack.sandbox.advance_clock(timedelta(minutes=1))
    await acme.sync()
    assert (await acme.subscription()).status is SubscriptionStatus.CANCELED

    await acme.buy(seats=7)

    assert ((await acme.look()).plan.code, (await acme.subscription()).seats) == ("PRO", 7)
    await acme.change(seats=8)
    done, told = await reconcile(stack)
    assert (done.drifted, told, await open_findings(stack)) == (0, [], [])
    still = await stack.stripe("GET", f"/v1/subscriptions/{other['id']}")
    assert still["status"] == "active"


async def test_an_added_item_stays_through_changes_now_and_later(stack: Stack, acme: Payer) -> None:
    [(seat, _)] = await items(acme)
    addon = (await consulting(stack), 1)
    await edit(acme, **{"items[0][price]": addon[0], "items[0][quantity]": "1"})

    await acme.change(seats=7)
    assert await items(acme) == [(seat, 7), addon]
    await acme.change(seats=3)
    assert await items(acme) == [(seat, 7), addon]
    await acme.pass_time(timedelta(days=32))
    assert await items(acme) == [(seat, 3), addon]
    assert (await acme.subscription()).seats == 3


async def test_a_price_agreed_on_by_hand_is_kept_by_changes_of_seats(
    stack: Stack, acme: Payer
) -> None:
    """As any price is (B6): it is not replaced by that of the catalogue behind anybody's back."""
    item = (await acme.at_stripe())["items"]["data"][0]
    agreed = await price_of(stack, item["price"]["product"], 1000)
    form = {"items[0][id]": item["id"], "items[0][price]": agreed, "items[0][quantity]": "5"}
    await edit(acme, proration_behavior="none", **form)
    await acme.sync()

    quote = await acme.quote(seats=6)
    assert quote.next_invoice_total == 6 * 1000
    await acme.change(quote=quote)
    assert await items(acme) == [(agreed, 6)]

    await acme.change(seats=4)
    pending = (await acme.subscription()).pending_change
    assert pending is not None
    assert (pending.kind, pending.seats) == (PendingChangeKind.SCHEDULED, 4)
    assert await items(acme) == [(agreed, 6)]
    assert (await reconcile(stack))[0].drifted == 0
    await acme.pass_time(timedelta(days=32))
    assert await items(acme) == [(agreed, 4)]
    assert ((await acme.subscription()).seats, (await acme.look()).plan.code) == (4, "PRO")


async def test_a_schedule_that_was_edited_by_hand_is_not_the_change_that_was_asked_for(
    stack: Stack, acme: Payer
) -> None:
    """It still names the intent of ours that planned it; who asks again gets what they ask for."""
    await acme.change(seats=3)
    schedule = (await acme.at_stripe())["schedule"]
    form: dict[str, Any] = {"phases[1][duration][interval]": "month"}
    for number, (phase, seats) in enumerate(zip(schedule["phases"], (5, 4), strict=True)):
        form[f"phases[{number}][items][0][price]"] = phase["items"][0]["price"]
        form[f"phases[{number}][items][0][quantity]"] = str(seats)
        form[f"phases[{number}][start_date]"] = str(phase["start_date"])
    form["phases[0][end_date]"] = str(schedule["phases"][0]["end_date"])
    await stack.stripe("POST", f"/v1/subscription_schedules/{schedule['id']}", **form)

    outcome = await acme.change(seats=3)

    assert outcome.replaced is not None
    assert outcome.replaced.seats == 4
    pending = (await acme.subscription()).pending_change
    assert pending is not None
    assert pending.seats == 3


@pytest.mark.parametrize(
    "noted", ["see ticket 4711", "01a218e9-846a-7788-8fd4-da2609fe78a3"], ids=["text", "an id"]
)
async def test_a_schedule_that_names_no_intent_of_ours_is_followed_and_throws_nobody_out(
    stack: Stack, acme: Payer, noted: str
) -> None:
    """Its metadata was edited, or the database is a backup from before the change."""
    await acme.add_member("alice")
    await acme.change(seats=3)
    schedule = (await acme.at_stripe())["schedule"]["id"]
    path = f"/v1/subscription_schedules/{schedule}"
    await stack.stripe("POST", path, **{"metadata[intent_id]": noted})

    await acme.sync()
    pending = (await acme.subscription()).pending_change
    assert pending is not None
    assert pending.seats == 3
    await acme.pass_time(timedelta(days=32))
    assert (await acme.subscription()).seats == 3
    await acme.change(seats=6)
    assert (await acme.subscription()).seats == 6
