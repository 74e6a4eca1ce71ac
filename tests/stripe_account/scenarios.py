"""What Seatwise rests on, as functions of an account: stories that Stripe has to confirm."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from db.enums import BillingInterval, BillingSessionStatus, ChangeTiming
from services.billing_portal import PortalFlow
from services.catalogue import list_differences, read_catalogue_file
from services.change_refusals import PaymentFailed
from services.plan_choices import PlanChoice
from tests.services.buying import select
from tests.stripe_account.account import (
    BUSINESS,
    CATALOGUE,
    FAILS_WHEN_CHARGED,
    PRO,
    VISA,
    Account,
    AccountPayer,
)

MONTHLY, ANNUAL = BillingInterval.MONTHLY, BillingInterval.ANNUAL


async def the_catalogue_is_pushed_once(account: Account) -> None:
    await account.push()
    assert await account.push() == ()
    gateway = account.stack.services.inbox._gateway
    assert await list_differences(read_catalogue_file(CATALOGUE), gateway) == []


async def a_checkout_is_opened_once(account: Account) -> None:
    """Paying it needs a browser; everything before and after does not."""
    payer = await account.new_payer()
    stack, choice = account.stack, PlanChoice(PRO, MONTHLY, 3, None, None)
    first = await select(stack, payer.owner, payer.id, choice)
    assert first.status is BillingSessionStatus.OPEN
    assert first.url is not None
    again = await select(stack, payer.owner, payer.id, choice)
    assert (again.id, again.url) == (first.id, first.url)
    other = await select(stack, payer.owner, payer.id, PlanChoice(PRO, ANNUAL, 4, None, None))
    assert other.id != first.id
    assert (await payer.session(first.id)).status is BillingSessionStatus.EXPIRED


async def a_subscription_is_mirrored(account: Account) -> None:
    payer = await account.new_payer()
    await payer.subscribe(seats=3)
    seen = await payer.subscription()
    assert (seen.status, seen.plan.code, seen.seats) == ("ACTIVE", PRO, 3)
    assert seen.payment_method is not None
    assert (seen.payment_method.brand, seen.payment_method.last4) == ("visa", "4242")
    assert seen.next_payment is not None
    assert seen.next_payment.amount == 3 * 2500
    [invoice] = await payer.invoices()
    assert (invoice.status, invoice.total, invoice.amount_paid) == ("PAID", 7500, 7500)
    assert invoice.hosted_url


async def a_quote_is_charged_to_the_cent(account: Account) -> None:
    payer = await account.new_payer()
    await payer.subscribe(seats=3)
    quote = await payer.quote(plan=BUSINESS, seats=5)
    assert quote.timing is ChangeTiming.NOW
    await payer.change(quote=quote)
    seen = await payer.subscription()
    assert (seen.plan.code, seen.seats, seen.pending_change) == (BUSINESS, 5, None)
    newest = (await payer.invoices())[0]
    assert (newest.total, newest.amount_paid) == (quote.due_now, quote.due_now)


async def another_interval_begins_a_new_period(account: Account) -> None:
    payer = await account.new_payer()
    await payer.subscribe(seats=2)
    await payer.change(interval=ANNUAL)
    seen = await payer.subscription()
    assert seen.interval is ANNUAL
    assert seen.current_period_end - seen.current_period_start > timedelta(days=360)


async def fewer_seats_wait_for_the_period_and_can_be_called_off(account: Account) -> None:
    payer = await account.new_payer()
    await payer.subscribe(seats=5)
    await payer.change(seats=2)
    seen = await payer.subscription()
    assert seen.seats == 5
    assert seen.pending_change is not None
    assert (seen.pending_change.kind, seen.pending_change.seats) == ("SCHEDULED", 2)
    assert seen.pending_change.effective_at == seen.current_period_end
    await payer.call_off()
    assert (await payer.subscription()).pending_change is None


async def a_failed_payment_changes_nothing(account: Account) -> None:
    payer = await account.new_payer()
    await payer.subscribe(seats=2)
    await payer.pay_by(FAILS_WHEN_CHARGED)
    with pytest.raises(PaymentFailed) as refused:
        await payer.change(seats=4)
    assert refused.value.pay_url
    seen = await payer.subscription()
    assert (seen.seats, seen.status) == (2, "ACTIVE")
    assert seen.pending_change is not None
    assert seen.pending_change.kind == "AWAITING_PAYMENT"
    await payer.pay_by(VISA)
    await payer.call_off()
    assert (await payer.subscription()).pending_change is None


async def a_cancellation_can_be_undone(account: Account) -> None:
    payer = await account.new_payer()
    await payer.subscribe(seats=2)
    await payer.cancel()
    seen = await payer.subscription()
    assert (seen.status, seen.ends_at) == ("ACTIVE", seen.current_period_end)
    assert seen.next_payment is None
    await payer.resume()
    assert (await payer.subscription()).ends_at is None


async def the_portal_opens(account: Account) -> None:
    payer = await account.new_payer()
    await payer.subscribe(seats=2)
    for flow in PortalFlow:
        opened = await account.stack.services.billing_portal.open(
            payer.id, flow=flow, return_url=None, viewer=payer.owner, actor=payer.actor
        )
        assert (await payer.session(opened)).url


async def a_scheduled_change_and_a_renewal_happen_in_time(account: Account) -> None:
    payer = await account.new_payer()
    await payer.subscribe(seats=5, by_clock=True)
    first = await payer.subscription()
    await payer.change(seats=2)
    await payer.pass_time(timedelta(days=32))
    seen = await payer.subscription()
    assert (seen.status, seen.seats, seen.pending_change) == ("ACTIVE", 2, None)
    assert seen.current_period_start == first.current_period_end
    await _pay_drafts(payer)
    newest = (await payer.invoices())[0]
    assert (newest.status, newest.total) == ("PAID", 2 * 2500)


async def _pay_drafts(payer: AccountPayer) -> None:
    """Stripe charges the invoice of a renewal an hour after it made it."""
    await payer.pass_time(timedelta(hours=2))


SCENARIOS: tuple[Callable[[Account], Awaitable[None]], ...] = (
    the_catalogue_is_pushed_once,
    a_checkout_is_opened_once,
    a_subscription_is_mirrored,
    a_quote_is_charged_to_the_cent,
    another_interval_begins_a_new_period,
    fewer_seats_wait_for_the_period_and_can_be_called_off,
    a_failed_payment_changes_nothing,
    a_cancellation_can_be_undone,
    the_portal_opens,
    a_scheduled_change_and_a_renewal_happen_in_time,
)
