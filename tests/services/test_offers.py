"""Trials, promotion codes, tax, currencies, and what somebody who owes is told (B5)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from db.enums import BillingInterval
from services.catalogue import read_catalogue_file
from services.change_refusals import CurrencyFixed, PaymentRequired, PromotionCodeNotValid
from services.plan_choices import PlanChoice
from services.refusals import OrganizationNotFound
from tests.services.billing_world import DECLINED_LATER, new_payer
from tests.stack import CATALOGUE, Stack, running_stack, settings_for

MONTHLY = BillingInterval.MONTHLY


async def push_with_trial(stack: Stack, *, days: int) -> None:
    file = read_catalogue_file(CATALOGUE)
    plans = [
        plan.model_copy(update={"trial_days": days}) if plan.code == "PRO" else plan
        for plan in file.plans
    ]
    await stack.services.catalogue.push(file.model_copy(update={"plan": plans}))


async def half_off(stack: Stack, **limits: str) -> str:
    """The code HALF, for half the price forever; its id."""
    coupon = await stack.stripe("POST", "/v1/coupons", percent_off="50", duration="forever")
    form = {"promotion[type]": "coupon", "promotion[coupon]": coupon["id"], "code": "HALF"}
    made = await stack.stripe("POST", "/v1/promotion_codes", **form, **limits)
    return str(made["id"])


async def test_there_is_one_trial_per_organization_ever(stack: Stack) -> None:
    await push_with_trial(stack, days=14)
    payer = await new_payer(stack)
    await payer.buy()
    subscription = await payer.subscription()
    assert subscription.status == "TRIALING"
    assert subscription.trial_ends_at == subscription.current_period_end
    assert subscription.next_payment is not None
    assert subscription.next_payment.amount == 12_500
    await payer.cancel()
    await payer.pass_time(timedelta(days=15))
    assert (await payer.subscription()).status == "CANCELED"
    await payer.buy()
    subscription = await payer.subscription()
    assert (subscription.status, subscription.trial_ends_at) == ("ACTIVE", None)


async def test_a_change_in_the_trial_costs_nothing_before_its_end(stack: Stack) -> None:
    await push_with_trial(stack, days=14)
    payer = await new_payer(stack)
    await payer.buy()
    quote = await payer.quote(seats=8)
    assert (quote.due_now, quote.next_invoice_total) == (0, 8 * 2500)
    await payer.change(quote=quote)
    subscription = await payer.subscription()
    assert (subscription.status, subscription.seats) == ("TRIALING", 8)
    await payer.change(seats=6)
    await payer.pass_time(timedelta(days=15))
    subscription = await payer.subscription()
    assert (subscription.status, subscription.seats) == ("ACTIVE", 6)
    assert (await payer.invoices())[0].total == 6 * 2500


async def test_a_promotion_code_takes_effect_and_survives_a_schedule(stack: Stack) -> None:
    await half_off(stack)
    payer = await new_payer(stack)
    await payer.buy(code="HALF")
    invoice = (await payer.invoices())[0]
    assert (invoice.subtotal, invoice.discount, invoice.total) == (12_500, 6_250, 6_250)
    quote = await payer.quote(seats=3)
    assert quote.next_invoice_total == 3 * 1250
    await payer.change(quote=quote)
    next_payment = (await payer.subscription()).next_payment
    assert next_payment is not None
    assert next_payment.amount == 3 * 1250
    await payer.pass_time(timedelta(days=32))
    assert (await payer.invoices())[0].total == 3 * 1250


async def test_an_unknown_code_is_refused_and_another_code_is_another_checkout(
    stack: Stack,
) -> None:
    payer = await new_payer(stack)
    billing = stack.services.billing
    for unknown in ("NOTHING", "", "\0", "HALF OFF", "X" * 501):
        with pytest.raises(PromotionCodeNotValid) as refused:
            await payer.buy(code=unknown)
        assert len(refused.value.message) < 150
    await half_off(stack)
    plain = PlanChoice("PRO", MONTHLY, 5, None, None)
    coded = PlanChoice("PRO", MONTHLY, 5, None, None, "HALF")
    who: Any = {"viewer": payer.owner, "actor": payer.actor}
    first = await billing.select_plan(payer.id, plain, **who)
    second = await billing.select_plan(payer.id, coded, **who)
    assert second != first
    assert await billing.select_plan(payer.id, coded, **who) == second


async def test_the_currency_of_the_first_purchase_is_kept(stack: Stack) -> None:
    payer = await new_payer(stack)
    await payer.buy()
    await payer.cancel()
    await payer.pass_time(timedelta(days=32))
    euros = PlanChoice("PRO", MONTHLY, 5, "eur", None)
    with pytest.raises(CurrencyFixed):
        await stack.services.billing.select_plan(
            payer.id, euros, viewer=payer.owner, actor=payer.actor
        )


async def test_who_owes_is_sent_to_the_invoice_instead_of_a_checkout(stack: Stack) -> None:
    payer = await new_payer(stack)
    await payer.buy()
    await payer.use_card(DECLINED_LATER)
    await payer.pass_time(timedelta(days=32))
    with pytest.raises(PaymentRequired) as refused:
        await payer.buy()
    issue = (await payer.subscription()).payment_issue
    assert issue is not None
    assert refused.value.pay_url == issue.pay_url


@pytest.fixture
async def taxed(database_url: str, sandbox_process: str, tmp_path: Path) -> AsyncIterator[Stack]:
    settings = settings_for(database_url, sandbox_process, tmp_path, collect_tax=True)
    async with running_stack(settings) as running:
        yield running


async def test_tax_is_added_at_the_checkout_and_told_by_invoice_and_quote(taxed: Stack) -> None:
    payer = await new_payer(taxed)
    choice = PlanChoice("PRO", MONTHLY, 5, None, None)
    await taxed.services.billing.select_plan(
        payer.id, choice, viewer=payer.owner, actor=payer.actor
    )
    [session] = (await taxed.stripe("GET", "/v1/checkout/sessions"))["data"]
    path = f"/_control/checkout/{session['id']}/complete"
    address = {"name": "Acme", "country": "DE", "postal_code": "10115"}
    await taxed.stripe("POST", path, card="4242424242424242", **address)
    await payer.sync()
    [invoice] = await payer.invoices()
    assert invoice.tax > 0
    assert invoice.total == invoice.subtotal + invoice.tax
    quote = await payer.quote(seats=8)
    assert 0 < quote.tax_now < quote.due_now
    await payer.change(quote=quote)
    assert (await payer.invoices())[0].tax == quote.tax_now


async def test_a_code_for_another_customer_is_refused(stack: Stack) -> None:
    """It is active, and found: only Stripe knows whom it is for, and says so at the checkout."""
    other = await stack.stripe("POST", "/v1/customers", name="Other")
    await half_off(stack, customer=other["id"])
    payer = await new_payer(stack)
    with pytest.raises(PromotionCodeNotValid):
        await payer.buy(code="HALF")


async def test_of_codes_that_read_the_same_each_customer_has_their_own(stack: Stack) -> None:
    """Stripe keeps one for each customer; the newest may be somebody else's."""
    payer = await new_payer(stack)
    await payer.buy()
    customer = (await payer.at_stripe())["customer"]
    await stack.stripe("DELETE", f"/v1/subscriptions/{(await payer.at_stripe())['id']}")
    everybodys = await half_off(stack)
    own = await half_off(stack, customer=customer)
    await half_off(
        stack, customer=(await stack.stripe("POST", "/v1/customers", name="Other"))["id"]
    )

    await payer.buy(code="half")

    used = await stack.stripe("GET", f"/v1/promotion_codes/{own}")
    unused = await stack.stripe("GET", f"/v1/promotion_codes/{everybodys}")
    assert (used["times_redeemed"], unused["times_redeemed"]) == (1, 0)
    assert [one.discount for one in await payer.invoices()] == [6250, 0]


async def test_codes_are_tried_by_nobody_who_may_not_buy(stack: Stack) -> None:
    """Else whoever signs in finds out which codes there are."""
    await half_off(stack)
    payer = await new_payer(stack)
    stranger = replace(payer, owner=await stack.user("stranger"))
    for code in ("HALF", "NOTHING"):
        with pytest.raises(OrganizationNotFound):
            await stranger.buy(code=code)


async def test_the_same_key_gives_the_same_answer_after_the_code_was_used_up(
    stack: Stack,
) -> None:
    code = await half_off(stack)
    payer = await new_payer(stack)
    choice = PlanChoice("PRO", MONTHLY, 5, None, None, "HALF")
    who: Any = {"viewer": payer.owner, "actor": payer.actor, "idempotency_key": "k"}
    first = await stack.services.billing.select_plan(payer.id, choice, **who)
    await stack.stripe("POST", f"/v1/promotion_codes/{code}", active="false")
    assert await stack.services.billing.select_plan(payer.id, choice, **who) == first
