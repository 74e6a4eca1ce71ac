"""Whatever the mirror has missed is found and repaired; what needs a person is told (C4).

No webhooks arrive here: everything that happens at Stripe is missed.
"""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from db.enums import BillingSessionStatus, FindingKind, InvoiceStatus, SubscriptionStatus
from db.statements import Statement
from db.subscriptions import take_ticket
from services.global_ids import TenantKey
from services.mirror_comparison import MirrorComparison
from services.reconciler import Watching
from services.refusals import BillingUnavailable
from services.stripe_gateway import StripeUnavailableError
from tests.services.billing_world import DECLINED_LATER, Payer
from tests.services.buying import checkouts, select
from tests.services.reconciling import (
    assert_nothing_left,
    everything,
    health,
    open_findings,
    reconcile,
    recorded_calls,
    subscribed,
)
from tests.stack import Stack

PHASE = Statement(text("SELECT phase FROM reconciliations WHERE finished_at IS NULL"))


@pytest.fixture
async def acme(stack: Stack) -> Payer:
    return await subscribed(stack)


async def change_by_hand(payer: Payer, **form: str) -> None:
    """As in Stripe's dashboard."""
    found = await payer.at_stripe()
    await payer.stack.stripe("POST", f"/v1/subscriptions/{found['id']}", **form)


async def run(stack: Stack, sql: str) -> None:
    async with stack.services.database.begin() as transaction:
        await transaction.session.execute(text(sql))


async def phase(stack: Stack) -> str | None:
    row = await stack.services.database.fetch_row(PHASE)
    return row["phase"] if row else None


async def test_in_step_nothing_is_done(acme: Payer) -> None:
    await assert_nothing_left(acme.stack)


async def test_a_missed_webhook(acme: Payer) -> None:
    """A month has passed, and has been paid."""
    await acme.stack.stripe("POST", "/_control/clock/advance", seconds=32 * 86400)
    done, told = await reconcile(acme.stack)
    assert done.drifted == 1
    assert {"current_period_start", "current_period_end"} <= set(told[0].fields)
    at_stripe = (await acme.at_stripe())["items"]["data"][0]["current_period_end"]
    assert int((await acme.subscription()).current_period_end.timestamp()) == at_stripe
    assert len(await acme.invoices()) == 2
    await assert_nothing_left(acme.stack)


async def test_a_dry_run_tells_the_same_and_changes_nothing(acme: Payer) -> None:
    found = await acme.at_stripe()
    await change_by_hand(
        acme, **{"items[0][id]": found["items"]["data"][0]["id"], "items[0][quantity]": "9"}
    )
    before = await everything(acme.stack)
    done, told = await reconcile(acme.stack, dry_run=True)
    assert (done.drifted, [one.fields for one in told]) == (1, [("seats",)])
    assert await everything(acme.stack) == before
    assert (await health(acme)).last_reconciled_at is None
    assert (await reconcile(acme.stack))[1] == told
    assert (await acme.subscription()).seats == 9
    await assert_nothing_left(acme.stack)


async def test_cancelled_by_hand(acme: Payer) -> None:
    found = await acme.at_stripe()
    await acme.stack.stripe("DELETE", f"/v1/subscriptions/{found['id']}")
    done, told = await reconcile(acme.stack)
    assert (done.drifted, told[0].subject, told[0].fields) == (1, found["id"], ("missing",))
    assert (await acme.subscription()).status is SubscriptionStatus.CANCELED
    await assert_nothing_left(acme.stack)


async def test_made_by_hand(stack: Stack, acme: Payer) -> None:
    """The customer is ours, the subscription was made in the dashboard."""
    first = await acme.at_stripe()
    await stack.stripe("DELETE", f"/v1/subscriptions/{first['id']}")
    await acme.sync()
    await subscribe_again(acme, seats=7)
    _, told = await reconcile(stack)
    assert [one.fields for one in told] == [("missing",)]
    assert (await acme.subscription()).status is SubscriptionStatus.ACTIVE
    assert (await acme.subscription()).seats == 7
    await assert_nothing_left(stack)


async def subscribe_again(payer: Payer, *, seats: int, price: str | None = None) -> str:
    """One more subscription of the customer; its id."""
    found = await payer.at_stripe()
    form = {
        "customer": found["customer"],
        "items[0][price]": price or found["items"]["data"][0]["price"]["id"],
        "items[0][quantity]": str(seats),
        "default_payment_method": found["default_payment_method"],
        "metadata[organization_id]": str(payer.id),
    }
    made = await payer.stack.stripe("POST", "/v1/subscriptions", **form)
    return str(made["id"])


async def test_two_living_ones_are_a_finding_until_one_is_left(stack: Stack, acme: Payer) -> None:
    await stack.sandbox.advance_clock(timedelta(minutes=1))
    second = await subscribe_again(acme, seats=9)
    await reconcile(stack)
    assert await open_findings(stack) == [("acme", "SEVERAL_LIVING_SUBSCRIPTIONS")]
    [told] = (await health(acme)).findings
    assert (told.kind, told.subject) == (FindingKind.SEVERAL_LIVING_SUBSCRIPTIONS, second)
    assert (await acme.subscription()).seats == 5
    await assert_nothing_left(stack)
    await stack.stripe("DELETE", f"/v1/subscriptions/{second}")
    await reconcile(stack)
    assert await open_findings(stack) == []
    await assert_nothing_left(stack)


async def give_unknown_price(payer: Payer) -> dict[str, str]:
    """A price that somebody has made up in the dashboard; the form that sets the old one again."""
    found = await payer.at_stripe()
    item = found["items"]["data"][0]
    form = {"currency": "usd", "unit_amount": "123", "product": item["price"]["product"]}
    monthly = {"recurring[interval]": "month"}
    price = await payer.stack.stripe("POST", "/v1/prices", **form, **monthly)
    as_before = {"items[0][id]": item["id"], "items[0][quantity]": "5"}
    await change_by_hand(payer, **as_before, **{"items[0][price]": price["id"]})
    return {**as_before, "items[0][price]": item["price"]["id"]}


async def test_an_unknown_price_is_a_finding_until_it_is_known(stack: Stack, acme: Payer) -> None:
    as_before = await give_unknown_price(acme)
    await reconcile(stack)
    assert await open_findings(stack) == [("acme", "UNKNOWN_PRICE")]
    await assert_nothing_left(stack)
    await change_by_hand(acme, **as_before)
    await reconcile(stack)
    assert await open_findings(stack) == []
    await assert_nothing_left(stack)


async def test_what_has_an_unknown_price_is_followed_all_the_same(
    stack: Stack, acme: Payer
) -> None:
    """Who was given a price by hand keeps the plan, and loses it when the subscription ends."""
    as_before = await give_unknown_price(acme)
    await reconcile(stack)
    await change_by_hand(
        acme, **{"items[0][id]": as_before["items[0][id]"]}, cancel_at_period_end="true"
    )
    await reconcile(stack)
    seen = await acme.subscription()
    assert (seen.plan.code, seen.ends_at is not None) == ("PRO", True)
    await assert_nothing_left(stack)
    await stack.stripe("DELETE", f"/v1/subscriptions/{(await acme.at_stripe())['id']}")
    await reconcile(stack)
    assert (await acme.subscription()).status is SubscriptionStatus.CANCELED
    await assert_nothing_left(stack)


async def test_a_deleted_customer(stack: Stack, acme: Payer) -> None:
    found = await acme.at_stripe()
    await stack.stripe("DELETE", f"/v1/customers/{found['customer']}")
    await reconcile(stack)
    assert (await acme.subscription()).status is SubscriptionStatus.CANCELED
    assert await open_findings(stack) == [("acme", "CUSTOMER_DELETED")]
    await assert_nothing_left(stack)


async def test_a_customer_who_is_deleted_without_a_subscription(stack: Stack, acme: Payer) -> None:
    found = await acme.at_stripe()
    await stack.stripe("DELETE", f"/v1/subscriptions/{found['id']}")
    await acme.sync()
    await stack.stripe("DELETE", f"/v1/customers/{found['customer']}")
    _, told = await reconcile(stack)
    assert [one.subject for one in told] == [found["customer"]]
    assert await open_findings(stack) == [("acme", "CUSTOMER_DELETED")]
    await assert_nothing_left(stack)


async def test_an_invoice_whose_payment_we_missed(stack: Stack, acme: Payer) -> None:
    """The subscription looks the same as before."""
    await run(stack, "UPDATE invoices SET status = 'OPEN'")
    _, told = await reconcile(stack)
    [paid] = (await stack.stripe("GET", "/v1/invoices"))["data"]
    assert [(one.subject, one.fields) for one in told] == [(paid["id"], ("missing",))]
    assert [one.status for one in await acme.invoices()] == [InvoiceStatus.PAID]
    await assert_nothing_left(stack)


async def test_an_invoice_that_we_know_nothing_of(stack: Stack, acme: Payer) -> None:
    await acme.use_card(DECLINED_LATER)
    await stack.sandbox.advance_clock(timedelta(days=32))
    await acme.sync()
    await run(stack, "DELETE FROM invoices WHERE status = 'OPEN'")
    _, told = await reconcile(stack)
    [owed] = (await stack.stripe("GET", "/v1/invoices?status=open"))["data"]
    assert [(one.subject, one.fields) for one in told] == [(owed["id"], ("status",))]
    assert (await acme.invoices())[0].status is InvoiceStatus.OPEN
    await assert_nothing_left(stack)


async def test_an_abandoned_checkout(stack: Stack) -> None:
    owner = await stack.user("owner")
    organization = await stack.organization(owner)
    session = await select(stack, owner, organization)
    await assert_nothing_left(stack)
    await stack.sandbox.advance_clock(timedelta(hours=25))
    assert (await checkouts(stack))[0]["status"] == "expired"
    _, told = await reconcile(stack)
    assert [one.subject for one in told] == [(await checkouts(stack))[0]["id"]]
    key = TenantKey(organization, session.id)
    closed = (await stack.services.billing_sessions.get_many([key]))[key]
    assert (closed.status, closed.url) == (BillingSessionStatus.EXPIRED, None)
    await assert_nothing_left(stack)


async def test_a_schedule_whose_caller_died_is_released(stack: Stack, acme: Payer) -> None:
    """It died between making the schedule and saying what is to change."""
    fault = {"route": "POST /v1/subscription_schedules/*", "effect": "disconnect", "count": 2}
    await stack.fail(fault)
    with pytest.raises(BillingUnavailable):
        await acme.change(seats=3)
    await run(stack, "DELETE FROM intents WHERE kind = 'UPDATE_SCHEDULE'")
    await acme.sync()
    assert (await acme.at_stripe())["schedule"]["status"] == "active"
    assert (await reconcile(stack))[0].drifted == 0, "somebody may be at it"
    await stack.services.clock.advance(stack.services.database, timedelta(minutes=3))
    assert (await reconcile(stack, dry_run=True))[0].drifted == 1
    _, told = await reconcile(stack)
    assert [one.fields for one in told] == [("empty_schedule",)]
    assert (await acme.at_stripe())["schedule"] is None
    await assert_nothing_left(stack)


async def test_a_deleted_organization_that_is_charged(stack: Stack, acme: Payer) -> None:
    found = await acme.at_stripe()
    await stack.services.organization_deletion.delete(
        acme.id, name="acme", viewer=acme.owner, actor=acme.actor
    )
    await assert_nothing_left(stack)
    form = {"customer": found["customer"], "items[0][quantity]": "2"}
    form |= {"items[0][price]": found["items"]["data"][0]["price"]["id"]}
    form |= {"default_payment_method": found["default_payment_method"]}
    await stack.stripe("POST", "/v1/subscriptions", **form)
    await reconcile(stack)
    assert await open_findings(stack) == [("acme", "SUBSCRIBED_AFTER_DELETION")]
    await assert_nothing_left(stack)


async def test_what_the_inbox_will_fetch_is_no_drift(stack: Stack, acme: Payer) -> None:
    found = await acme.at_stripe()
    await stack.stripe("DELETE", f"/v1/subscriptions/{found['id']}")
    await run(
        stack,
        "INSERT INTO stripe_events (id, type, stripe_customer_id, stripe_created_at, received_at,"  # noqa: S608 # ours
        " payload, state) VALUES ('evt_1', 'customer.subscription.deleted',"
        f" '{found['customer']}', now(), now(), '{{}}', 'RECEIVED')",
    )
    assert (await reconcile(stack))[0].drifted == 0
    await run(stack, "UPDATE stripe_events SET state = 'DEAD', closed_at = now()")
    assert (await reconcile(stack))[0].drifted == 1


async def test_what_is_newer_than_the_page_is_no_drift(stack: Stack, acme: Payer) -> None:
    """A fetch that began after the list was read has written already (B1)."""
    comparison = MirrorComparison(stack.services.database, stack.services.catalogue)
    ticket = await take_ticket(stack.services.database)
    gateway = stack.services.sync._reader._gateway
    page = await gateway.list_living_subscriptions(after=None)
    await stack.stripe("DELETE", f"/v1/subscriptions/{page.items[0].id}")
    await acme.sync()
    assert (await comparison.subscriptions(page.items, ticket=ticket)).differences == ()
    later = await take_ticket(stack.services.database)
    assert (await comparison.subscriptions(page.items, ticket=later)).differences != ()


async def test_one_organization_alone(stack: Stack, acme: Payer) -> None:
    other = await subscribed(stack, "other")
    for payer in (acme, other):
        found = await payer.at_stripe()
        await stack.stripe("DELETE", f"/v1/subscriptions/{found['id']}")
    _, told = await reconcile(stack, organization_id=acme.id)
    assert {one.organization_name for one in told} == {"acme"}
    assert (await acme.subscription()).status is SubscriptionStatus.CANCELED
    assert (await other.subscription()).status is SubscriptionStatus.ACTIVE
    assert (await health(acme)).last_reconciled_at is not None
    assert (await health(other)).last_reconciled_at is None


async def test_rate_limits_are_waited_out(stack: Stack, acme: Payer) -> None:
    """Stripe says for how long, and nothing is asked before."""
    await stack.fail({"route": "GET /v1/subscriptions", "status": 429, "count": 2})
    done, _ = await reconcile(stack)
    assert done.finished
    assert (await stack.stripe("GET", "/_control/faults"))["hits"] == 2
    await assert_nothing_left(stack)


async def test_while_stripe_is_down_the_cursor_stays(stack: Stack, acme: Payer) -> None:
    stop = asyncio.Event()
    await stack.fail({"route": "GET /v1/checkout/sessions", "status": 503, "count": None})
    asked = recorded_calls(stack.services.reconciler._gateway)
    running = asyncio.create_task(stack.services.reconciler.reconcile(watching=Watching(stop=stop)))
    async with asyncio.timeout(60):
        while "GET /v1/checkout/sessions" not in asked:  # noqa: ASYNC110 # it happens over HTTP
            await asyncio.sleep(0.05)
    assert await phase(stack) == "CHECKOUTS"
    stop.set()
    with pytest.raises(StripeUnavailableError):
        await running
    await stack.fail()
    calls = recorded_calls(stack.services.reconciler._gateway)
    assert (await reconcile(stack))[0].finished
    assert "GET /v1/subscriptions" not in calls, "that phase was over"
