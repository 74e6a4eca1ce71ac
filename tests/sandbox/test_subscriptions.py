"""The life of a subscription: paid, changed, unpaid, renewed, dunned, cancelled."""

from typing import Any

import pytest
import stripe

from tests.sandbox.worlds import DAY, Inbox, Shop, World

FAILS_LATER = "pm_card_chargeCustomerFail"
ASKS = "pm_card_authenticationRequired"


async def _get(world: World, subscription: stripe.Subscription) -> stripe.Subscription:
    return await world.stripe.v1.subscriptions.retrieve_async(
        subscription.id,
        {"expand": ["latest_invoice.payments", "latest_invoice.confirmation_secret"]},
    )


def _invoice(subscription: stripe.Subscription) -> stripe.Invoice:
    assert isinstance(subscription.latest_invoice, stripe.Invoice)
    return subscription.latest_invoice


async def _set_card(world: World, subscription: stripe.Subscription, card: str) -> None:
    customer = str(subscription.customer)
    await world.stripe.v1.payment_methods.attach_async(card, {"customer": customer})
    methods = await world.stripe.v1.payment_methods.list_async({"customer": customer})
    await world.stripe.v1.subscriptions.update_async(
        subscription.id, {"default_payment_method": methods.data[0].id}
    )


async def _change(
    world: World, subscription: stripe.Subscription, seats: int, **params: Any
) -> stripe.Subscription:
    item = subscription["items"].data[0].id
    wanted: Any = {
        "items": [{"id": item, "quantity": seats}],
        "proration_behavior": "always_invoice",
        **params,
    }
    return await world.stripe.v1.subscriptions.update_async(subscription.id, wanted)


async def _pay_page(world: World, invoice: stripe.Invoice, **form: str) -> int:
    assert invoice.hosted_invoice_url is not None
    path = invoice.hosted_invoice_url.removeprefix("http://sandbox.test")
    answer = await world.http.post(path, data=form)
    if answer.status_code == 303:
        answer = await world.http.post(answer.headers["Location"], data={"action": "complete"})
    return answer.status_code


# --- beginning ---------------------------------------------------------------------------------


async def test_a_declined_first_payment_leaves_it_incomplete_for_23_hours(
    world: World, shop: Shop
) -> None:
    subscription = await shop.subscribe(await shop.customer(FAILS_LATER))
    assert subscription.status == "incomplete"
    await world.advance(22 * 3600)
    assert (await _get(world, subscription)).status == "incomplete"
    await world.advance(2 * 3600)
    expired = await _get(world, subscription)
    assert (expired.status, _invoice(expired).status) == ("incomplete_expired", "void")


async def test_an_incomplete_one_is_finished_on_the_invoice_page(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe(await shop.customer(ASKS))
    invoice = _invoice(await _get(world, subscription))
    assert invoice.confirmation_secret is not None
    assert await _pay_page(world, invoice) == 303
    assert (await _get(world, subscription)).status == "active"


async def test_error_if_incomplete_leaves_nothing(world: World, shop: Shop) -> None:
    customer = await shop.customer(FAILS_LATER)
    with pytest.raises(stripe.CardError, match=r"Your card was declined\."):
        await shop.subscribe(customer, payment_behavior="error_if_incomplete")
    listed = await world.stripe.v1.subscriptions.list_async({"status": "all"})
    assert listed.data == []


async def test_default_incomplete_waits_for_the_payment(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe(payment_behavior="default_incomplete")
    assert subscription.status == "incomplete"
    await world.stripe.v1.invoices.pay_async(str(subscription.latest_invoice))
    assert (await _get(world, subscription)).status == "active"


# --- changes that wait for their payment --------------------------------------------------------


async def test_a_pending_update_counts_when_it_is_paid(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe()
    await world.advance(3 * DAY)
    await _set_card(world, subscription, FAILS_LATER)
    changed = await _change(world, subscription, 9, payment_behavior="pending_if_incomplete")
    assert changed["items"].data[0].quantity == 5
    assert changed.status == "active"
    assert changed.pending_update is not None
    assert changed.pending_update.subscription_items is not None
    assert changed.pending_update.subscription_items[0].quantity == 9
    invoice = _invoice(await _get(world, subscription))
    assert invoice.status == "open"
    with pytest.raises(stripe.CardError) as refused:
        await world.stripe.v1.invoices.pay_async(invoice.id)
    assert (refused.value.code, refused.value.http_status) == ("card_declined", 402)
    retried = _invoice(await _get(world, subscription))
    assert retried.attempt_count == invoice.attempt_count + 1, "a declined attempt stays on record"
    assert await _pay_page(world, invoice, card="4242424242424242") == 200
    applied = await _get(world, subscription)
    assert applied.pending_update is None
    assert applied["items"].data[0].quantity == 9
    assert "customer.subscription.pending_update_applied" in await world.events()


async def test_a_pending_update_that_is_paid_at_once_never_shows(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe()
    await world.advance(DAY)
    changed = await _change(world, subscription, 9, payment_behavior="pending_if_incomplete")
    assert changed.pending_update is None
    assert changed["items"].data[0].quantity == 9
    events = await world.events("customer.subscription.")
    assert "customer.subscription.pending_update_applied" not in events


async def test_a_pending_update_expires_after_23_hours(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe()
    await world.advance(DAY)
    await _set_card(world, subscription, ASKS)
    await _change(world, subscription, 9, payment_behavior="pending_if_incomplete")
    waiting = _invoice(await _get(world, subscription))
    await world.advance(23 * 3600 + 60)
    expired = await _get(world, subscription)
    assert expired.pending_update is None
    assert (expired.status, expired["items"].data[0].quantity) == ("active", 5)
    voided = await world.stripe.v1.invoices.retrieve_async(waiting.id)
    assert voided.status == "void"
    assert "customer.subscription.pending_update_expired" in await world.events()


async def test_a_pending_update_ends_with_the_period_and_the_renewal_is_without_it(
    world: World, shop: Shop
) -> None:
    """Both at the same second."""
    subscription = await shop.subscribe()
    await world.advance_to(subscription["items"].data[0].current_period_end - 3600)
    await _set_card(world, subscription, ASKS)
    await _change(world, subscription, 9, payment_behavior="pending_if_incomplete")
    waiting = _invoice(await _get(world, subscription))
    await world.advance(7200)
    renewed = await _get(world, subscription)
    assert renewed.pending_update is None
    assert [line.quantity for line in _invoice(renewed).lines.data] == [5]
    assert (await world.stripe.v1.invoices.retrieve_async(waiting.id)).status == "void"


async def test_voiding_the_invoice_calls_a_pending_update_off(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe()
    await _set_card(world, subscription, FAILS_LATER)
    await _change(world, subscription, 9, payment_behavior="pending_if_incomplete")
    waiting = _invoice(await _get(world, subscription))
    await world.stripe.v1.invoices.void_invoice_async(waiting.id)
    after = await _get(world, subscription)
    assert (after.pending_update, after.status) == (None, "active")


async def test_3d_secure_finishes_a_pending_update(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe()
    await _set_card(world, subscription, ASKS)
    changed = await _change(world, subscription, 9, payment_behavior="pending_if_incomplete")
    assert changed.pending_update is not None
    invoice = _invoice(await _get(world, subscription))
    with pytest.raises(stripe.CardError) as refused:
        await world.stripe.v1.invoices.pay_async(invoice.id)
    assert refused.value.code == "invoice_payment_intent_requires_action"
    assert await _pay_page(world, invoice) == 303
    assert (await _get(world, subscription))["items"].data[0].quantity == 9


async def test_a_pending_update_takes_few_parameters(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe()
    with pytest.raises(stripe.InvalidRequestError, match="pending_if_incomplete"):
        await _change(
            world, subscription, 9, payment_behavior="pending_if_incomplete", metadata={"a": "b"}
        )


async def test_error_if_incomplete_changes_nothing(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe()
    await _set_card(world, subscription, FAILS_LATER)
    with pytest.raises(stripe.CardError):
        await _change(world, subscription, 9, payment_behavior="error_if_incomplete")
    after = await _get(world, subscription)
    assert (after.status, after["items"].data[0].quantity) == ("active", 5)
    assert len((await world.stripe.v1.invoices.list_async()).data) == 1


async def test_allow_incomplete_changes_and_falls_behind(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe()
    await _set_card(world, subscription, FAILS_LATER)
    after = await _change(world, subscription, 9)
    assert (after.status, after["items"].data[0].quantity) == ("past_due", 9)


# --- time --------------------------------------------------------------------------------------


async def test_a_renewal_is_a_draft_for_an_hour(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe()
    end = subscription["items"].data[0].current_period_end
    await world.advance_to(end + 60)
    drafted = await _get(world, subscription)
    assert (_invoice(drafted).status, _invoice(drafted).number) == ("draft", None)
    assert drafted["items"].data[0].current_period_start == end
    await world.advance(3600)
    paid = _invoice(await _get(world, subscription))
    assert (paid.status, paid.billing_reason) == ("paid", "subscription_cycle")
    assert paid.number is not None
    assert paid.number.endswith("-0002")


@pytest.mark.parametrize(
    ("then", "status"), [("cancel", "canceled"), ("unpaid", "unpaid"), ("past_due", "past_due")]
)
async def test_dunning_ends_as_the_account_says(
    world: World, shop: Shop, then: str, status: str
) -> None:
    await world.control("PUT", "/settings", dunning={"retry_days": [1, 2], "then": then})
    subscription = await shop.subscribe()
    await _set_card(world, subscription, FAILS_LATER)
    end = subscription["items"].data[0].current_period_end
    await world.advance_to(end + 2 * 3600)
    late = await _get(world, subscription)
    assert (late.status, _invoice(late).attempt_count) == ("past_due", 1)
    assert _invoice(late).next_payment_attempt is not None
    await world.advance(DAY)
    assert _invoice(await _get(world, subscription)).attempt_count == 2
    await world.advance(2 * DAY)
    over = await _get(world, subscription)
    assert (over.status, _invoice(over).attempt_count) == (status, 3)
    assert _invoice(over).next_payment_attempt is None
    if status == "canceled":
        assert over.ended_at is not None
        assert over.cancellation_details is not None
        assert over.cancellation_details.reason == "payment_failed"


async def test_paying_what_is_overdue_makes_it_active(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe()
    await _set_card(world, subscription, FAILS_LATER)
    await world.advance_to(subscription["items"].data[0].current_period_end + 2 * 3600)
    late = await _get(world, subscription)
    assert late.status == "past_due"
    assert await _pay_page(world, _invoice(late), card="4000000000000341") == 402
    assert await _pay_page(world, _invoice(late), card="4242424242424242") == 200
    assert (await _get(world, subscription)).status == "active"
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        await world.stripe.v1.invoices.pay_async(_invoice(late).id)


async def test_an_unpaid_one_makes_drafts_only(world: World, shop: Shop) -> None:
    await world.control("PUT", "/settings", dunning={"retry_days": [1], "then": "unpaid"})
    subscription = await shop.subscribe()
    await _set_card(world, subscription, FAILS_LATER)
    await world.advance(70 * DAY)
    over = await _get(world, subscription)
    assert (over.status, _invoice(over).status) == ("unpaid", "draft")


async def test_a_trial_ends_in_a_paid_month(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe(trial_period_days=14)
    assert subscription.status == "trialing"
    await world.advance(14 * DAY + 2 * 3600)
    after = await _get(world, subscription)
    assert (after.status, _invoice(after).amount_paid) == ("active", 12500)


async def test_a_trial_without_a_card_ends_as_its_settings_say(world: World, shop: Shop) -> None:
    for behavior, status in (("cancel", "canceled"), ("pause", "paused")):
        settings = {"end_behavior": {"missing_payment_method": behavior}}
        subscription = await shop.subscribe(
            await shop.customer(card=None), trial_period_days=7, trial_settings=settings
        )
        await world.advance(8 * DAY)
        assert (await _get(world, subscription)).status == status


# --- the end -----------------------------------------------------------------------------------


async def test_cancelling_at_the_periods_end_and_thinking_better_of_it(
    world: World, shop: Shop
) -> None:
    subscription = await shop.subscribe()
    end = subscription["items"].data[0].current_period_end
    update = world.stripe.v1.subscriptions.update_async
    leaving = await update(
        subscription.id,
        {"cancel_at_period_end": True, "cancellation_details": {"feedback": "unused"}},
    )
    assert (leaving.status, leaving.cancel_at) == ("active", end)
    staying = await update(subscription.id, {"cancel_at_period_end": False})
    assert (staying.cancel_at, staying.canceled_at) == (None, None)
    await update(subscription.id, {"cancel_at_period_end": True})
    await world.advance_to(end + 1)
    gone = await _get(world, subscription)
    assert (gone.status, gone.ended_at) == ("canceled", end)
    with pytest.raises(stripe.InvalidRequestError):
        await update(subscription.id, {"cancel_at_period_end": False})
    assert "customer.subscription.deleted" in await world.events()


async def test_cancel_at_a_moment(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe()
    moment = await world.now() + 5 * DAY
    await world.stripe.v1.subscriptions.update_async(subscription.id, {"cancel_at": moment})
    await world.advance(6 * DAY)
    assert (await _get(world, subscription)).ended_at == moment


async def test_cancelling_at_the_end_still_collects_prorations(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe()
    await world.advance(10 * DAY)
    await _change(world, subscription, 7, proration_behavior="create_prorations")
    await world.stripe.v1.subscriptions.update_async(
        subscription.id, {"cancel_at_period_end": True}
    )
    await world.advance(30 * DAY)
    gone = await _get(world, subscription)
    assert gone.status == "canceled"
    assert _invoice(gone).status == "paid"
    assert len(_invoice(gone).lines.data) == 2


async def test_an_immediate_cancel_leaves_open_invoices_alone(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe()
    await _set_card(world, subscription, FAILS_LATER)
    await _change(world, subscription, 9)
    gone = await world.stripe.v1.subscriptions.cancel_async(subscription.id)
    assert gone.status == "canceled"
    invoice = _invoice(await _get(world, subscription))
    assert (invoice.status, invoice.auto_advance) == ("open", False)
    voided = await world.stripe.v1.invoices.void_invoice_async(invoice.id)
    assert voided.status == "void"
    with pytest.raises(stripe.InvalidRequestError) as again:
        await world.stripe.v1.subscriptions.cancel_async(subscription.id)
    assert again.value.http_status == 404


async def test_deleting_a_customer_ends_everything(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe()
    customer = str(subscription.customer)
    await world.stripe.v1.customers.delete_async(customer)
    assert (await _get(world, subscription)).status == "canceled"
    stone = await world.stripe.v1.customers.retrieve_async(customer)
    assert stone.deleted
    assert [c.id for c in (await world.stripe.v1.customers.list_async()).data] == []


async def test_lists_of_subscriptions(world: World, shop: Shop) -> None:
    customer = await shop.customer()
    first = await shop.subscribe(customer)
    second = await shop.subscribe(customer)
    await world.stripe.v1.subscriptions.cancel_async(first.id)
    listed = world.stripe.v1.subscriptions.list_async
    assert [s.id for s in (await listed({"customer": customer})).data] == [second.id]
    everything = await listed({"customer": customer, "status": "all"})
    assert [s.id for s in everything.data] == [second.id, first.id]
    ended = await listed({"customer": customer, "status": "canceled"})
    assert [s.id for s in ended.data] == [first.id]


async def test_an_edit_in_the_dashboard_is_an_event(world: World, shop: Shop, inbox: Inbox) -> None:
    subscription = await shop.subscribe()
    await _change(world, subscription, 3, proration_behavior="none")
    await world.control("GET", "/deliveries?wait=20")
    event = [e for e in inbox.received if e.type == "customer.subscription.updated"][-1]
    assert event.data.object["items"]["data"][0]["quantity"] == 3
