"""Somebody deletes the customer in Stripe's dashboard: what was stays, and one can buy again."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from db import invoices
from db.enums import BillingSessionStatus, InvoiceStatus, SubscriptionStatus
from db.statements import Statement
from services.billing_portal import PortalFlow
from services.organizations import OrganizationChanges
from services.refusals import NoBillingAccount
from tests.services.billing_world import DECLINED_LATER, Payer
from tests.services.buying import PRO, checkouts, select
from tests.services.reconciling import assert_nothing_left, open_findings, reconcile, subscribed
from tests.stack import Stack


@pytest.fixture
async def acme(stack: Stack) -> Payer:
    return await subscribed(stack)


async def delete_customer(payer: Payer) -> str:
    """As in Stripe's dashboard; nobody tells us."""
    customer: str = (await payer.at_stripe())["customer"]
    await payer.stack.stripe("DELETE", f"/v1/customers/{customer}")
    return customer


async def customers(stack: Stack) -> list[str]:
    return [one["id"] for one in (await stack.stripe("GET", "/v1/customers"))["data"]]


async def audited(payer: Payer) -> list[str]:
    rows = await payer.stack.services.database.fetch(
        Statement(text("SELECT action FROM audit_events ORDER BY at, id"))
    )
    return [row["action"] for row in rows]


async def test_one_buys_again_as_a_new_customer(stack: Stack, acme: Payer) -> None:
    before = await delete_customer(acme)
    await acme.sync()
    await acme.buy(seats=3)
    [now] = await customers(stack)
    assert now != before
    seen = await acme.subscription()
    assert (seen.status, seen.seats) == (SubscriptionStatus.ACTIVE, 3)
    assert [one.status for one in await acme.invoices()] == [InvoiceStatus.PAID] * 2
    assert await open_findings(stack) == []
    assert "customer.deleted" in await audited(acme)
    await assert_nothing_left(stack)


async def test_many_at_once_find_out_and_make_one_customer(stack: Stack, acme: Payer) -> None:
    await stack.stripe("DELETE", f"/v1/subscriptions/{(await acme.at_stripe())['id']}")
    await acme.sync()
    await delete_customer(acme)
    sessions = await asyncio.gather(*(select(stack, acme.owner, acme.id) for _ in range(6)))
    assert len({one.id for one in sessions}) == 1
    assert len(await customers(stack)) == 1


async def test_the_finding_stays_until_one_buys_again(stack: Stack, acme: Payer) -> None:
    await delete_customer(acme)
    await reconcile(stack)
    assert (await acme.subscription()).status is SubscriptionStatus.CANCELED
    assert await open_findings(stack) == [("acme", "CUSTOMER_DELETED")]
    await assert_nothing_left(stack)
    await select(stack, acme.owner, acme.id)
    assert await open_findings(stack) == []


async def test_an_open_checkout_of_the_old_customer_is_over(stack: Stack) -> None:
    owner = await stack.user("owner")
    organization = await stack.organization(owner)
    old = await select(stack, owner, organization)
    [customer] = await customers(stack)
    await stack.stripe("DELETE", f"/v1/customers/{customer}")
    await stack.services.sync.sync(organization)
    new = await select(stack, owner, organization)
    assert new.id != old.id
    payer = Payer(stack, owner, organization)
    assert (await payer.session(old.id)).status is BillingSessionStatus.EXPIRED
    await stack.sandbox.pay(str((await checkouts(stack))[0]["id"]), card="4242424242424242")
    await payer.sync()
    assert (await payer.subscription()).status is SubscriptionStatus.ACTIVE


async def test_what_was_owed_is_followed_no_more(stack: Stack, acme: Payer) -> None:
    """Else it would differ from what Stripe lists at every comparison."""
    await acme.use_card(DECLINED_LATER)
    await stack.sandbox.advance_clock(timedelta(days=32))
    await acme.sync()
    assert (await acme.subscription()).status is SubscriptionStatus.PAST_DUE
    ended = (await acme.at_stripe())["id"]
    await delete_customer(acme)
    await reconcile(stack)
    seen = await acme.subscription()
    assert (seen.status, seen.payment_issue) == (SubscriptionStatus.CANCELED, None)
    assert (await acme.invoices())[0].status is InvoiceStatus.OPEN
    async with stack.services.database.begin() as transaction:
        owed = await invoices.get_oldest_open(transaction, acme.id, stripe_subscription_id=ended)
    assert owed is None, "a cancellation would try to void it, again and again"
    await assert_nothing_left(stack)


async def test_the_portal_says_that_there_is_nothing_to_show(acme: Payer) -> None:
    await delete_customer(acme)
    with pytest.raises(NoBillingAccount):
        await acme.stack.services.billing_portal.open(
            acme.id, flow=PortalFlow.HOME, return_url=None, viewer=acme.owner, actor=acme.actor
        )


async def test_a_name_that_cannot_be_told_to_stripe_is_one_warning(acme: Payer) -> None:
    customer = await delete_customer(acme)
    await acme.stack.services.organizations.update(
        acme.id,
        viewer=acme.owner,
        actor=acme.actor,
        wanted=OrganizationChanges(display_name="Another"),
    )
    with capture_logs() as lines:
        await acme.stack.services.customers.push(acme.id)
    [told] = [line for line in lines if line["event"] == "customer.push_refused"]
    assert (told["code"], told["log_level"]) == ("resource_missing", "warning")
    assert customer in told["why"]


async def test_a_checkout_that_stripe_does_not_know_is_over(stack: Stack) -> None:
    """It was made in another account, say, or Stripe has forgotten it."""
    owner = await stack.user("owner")
    organization = await stack.organization(owner)
    old = await select(stack, owner, organization)
    await forget_checkouts(stack)
    _, told = await reconcile(stack)
    assert [one.fields for one in told] == [("missing",)]
    payer = Payer(stack, owner, organization)
    seen = await payer.session(old.id)
    assert (seen.status, seen.url) == (BillingSessionStatus.EXPIRED, None)
    await assert_nothing_left(stack)
    assert (await select(stack, owner, organization, PRO)).id != old.id


async def test_another_choice_replaces_a_checkout_that_stripe_does_not_know(stack: Stack) -> None:
    owner = await stack.user("owner")
    organization = await stack.organization(owner)
    old = await select(stack, owner, organization)
    await forget_checkouts(stack)
    new = await select(stack, owner, organization, replace(PRO, seats=6))
    assert new.id != old.id


async def forget_checkouts(stack: Stack) -> None:
    async with stack.services.database.begin() as transaction:
        await transaction.session.execute(
            text("UPDATE billing_sessions SET stripe_session_id = 'cs_test_forgotten'")
        )
