"""Checkout: from the session to a paid subscription, and the ways in which it fails."""

import re

import pytest
import stripe

from tests.sandbox.worlds import DAY, Pay, Shop, World

NOT_TAKEN = [
    ("4000000000000002", "Your card was declined."),
    ("4000000000000341", "Your card was declined."),
    ("4000000000009995", "Your card has insufficient funds."),
    ("4111111111111111", "Your card number is not one of the test cards."),
]


def _path(url: str | None) -> str:
    assert url is not None
    return url.removeprefix("http://sandbox.test")


async def _nothing_changed(world: World, session: str) -> None:
    found = await world.stripe.v1.checkout.sessions.retrieve_async(session)
    assert (found.status, found.payment_status, found.subscription) == ("open", "unpaid", None)
    assert (await world.stripe.v1.subscriptions.list_async({"status": "all"})).data == []
    assert (await world.stripe.v1.invoices.list_async()).data == []


async def test_a_paid_checkout_makes_a_subscription(world: World, shop: Shop, pay: Pay) -> None:
    customer = await shop.customer(card=None)
    session = await shop.checkout(
        customer=customer,
        client_reference_id="org_1",
        subscription_data={"metadata": {"organization": "1"}},
    )
    assert (session.status, session.amount_total) == ("open", 12500)
    await pay(session.id, "4242 4242 4242 4242")
    done = await world.stripe.v1.checkout.sessions.retrieve_async(
        session.id, {"expand": ["subscription.default_payment_method", "invoice", "line_items"]}
    )
    assert (done.status, done.payment_status, done.url) == ("complete", "paid", None)
    assert done.client_reference_id == "org_1"
    subscription, invoice = done.subscription, done.invoice
    assert isinstance(subscription, stripe.Subscription)
    assert isinstance(invoice, stripe.Invoice)
    assert (subscription.status, subscription.customer) == ("active", customer)
    assert subscription.metadata.to_dict() == {"organization": "1"}
    assert subscription["items"].data[0].quantity == 5
    assert isinstance(subscription.default_payment_method, stripe.PaymentMethod)
    assert (invoice.status, invoice.amount_paid, invoice.billing_reason) == (
        "paid",
        12500,
        "subscription_create",
    )
    assert done.line_items is not None
    assert [item.description for item in done.line_items.data] == ["Pro"]


@pytest.mark.parametrize(("card", "message"), NOT_TAKEN)
async def test_a_declined_card_changes_nothing(
    world: World, shop: Shop, card: str, message: str
) -> None:
    session = await shop.checkout()
    answer = await world.try_control("POST", f"/checkout/{session.id}/complete", card=card)
    assert answer.status_code == 402
    assert answer.json()["error"]["message"].startswith(message)
    await _nothing_changed(world, session.id)


async def test_the_page_does_the_same(world: World, shop: Shop) -> None:
    session = await shop.checkout()
    shown = await world.http.get(_path(session.url))
    assert shown.status_code == 200
    for text in ("This is not Stripe", "Pro", "$25.00", "$125.00", "Monthly", "Card number"):
        assert text in shown.text
    policy = shown.headers["Content-Security-Policy"]
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "http://app.test" in policy
    form = {"email": "o@acme.test", "card": "4000000000000002", "expiry": "12/34", "cvc": "123",
            "name": "Ada", "country": "US", "action": "pay"}  # fmt: skip
    declined = await world.http.post(_path(session.url), data=form)
    assert declined.status_code == 402
    assert "Your card was declined." in declined.text
    await _nothing_changed(world, session.id)
    paid = await world.http.post(_path(session.url), data={**form, "card": "4242424242424242"})
    assert paid.status_code == 303
    assert paid.headers["Location"] == f"http://app.test/done?session={session.id}"
    again = await world.http.get(_path(session.url))
    assert "You have already paid" in again.text


async def test_the_page_of_an_expired_session_says_so(world: World, shop: Shop) -> None:
    session = await shop.checkout()
    await world.stripe.v1.checkout.sessions.expire_async(session.id)
    shown = await world.http.get(_path(session.url))
    assert "This checkout has expired" in shown.text
    assert "http://app.test/back" in shown.text
    with pytest.raises(stripe.InvalidRequestError, match="has a status of expired"):
        await world.stripe.v1.checkout.sessions.expire_async(session.id)


async def test_a_session_expires_by_itself(world: World, shop: Shop) -> None:
    session = await shop.checkout(expires_at=await world.now() + 1900)
    await world.advance(DAY)
    found = await world.stripe.v1.checkout.sessions.retrieve_async(session.id)
    assert (found.status, found.url) == ("expired", None)
    assert "checkout.session.expired" in await world.events()


@pytest.mark.parametrize("lifetime", [60, 25 * 3600])
async def test_a_session_lives_between_half_an_hour_and_a_day(
    world: World, shop: Shop, lifetime: int
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="at least 30 minutes"):
        await shop.checkout(expires_at=await world.now() + lifetime)


@pytest.mark.parametrize("card", ["4000002760003184", "4000002500003155"])
async def test_3d_secure_on_the_page(world: World, shop: Shop, card: str) -> None:
    session = await shop.checkout()
    path = _path(session.url)
    form = {"email": "o@acme.test", "card": card, "country": "US", "action": "pay"}
    asked = await world.http.post(path, data=form)
    assert asked.headers["Location"] == f"{path}/3ds"
    await _nothing_changed(world, session.id)
    assert "Your bank asks" in (await world.http.get(f"{path}/3ds")).text
    failed = await world.http.post(f"{path}/3ds", data={"action": "fail"})
    assert "unable to authenticate" in failed.text
    await _nothing_changed(world, session.id)
    await world.http.post(path, data=form)
    passed = await world.http.post(f"{path}/3ds", data={"action": "complete"})
    assert passed.headers["Location"].startswith("http://app.test/done")
    done = await world.stripe.v1.checkout.sessions.retrieve_async(session.id)
    assert done.status == "complete"


async def test_3d_secure_by_control(world: World, shop: Shop) -> None:
    session = await shop.checkout()
    path = f"/checkout/{session.id}/complete"
    waiting = await world.control("POST", path, card="4000002760003184")
    assert waiting["status"] == "open"
    done = await world.control("POST", path, card="4000002760003184", authenticate=True)
    assert done["status"] == "complete"


async def test_a_promotion_code_takes_something_off(world: World, shop: Shop, pay: Pay) -> None:
    coupon = await world.stripe.v1.coupons.create_async({"percent_off": 20, "duration": "forever"})
    await world.stripe.v1.promotion_codes.create_async(
        {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "SPRING"}
    )
    session = await shop.checkout(allow_promotion_codes=True)
    wrong = await world.http.post(
        _path(session.url), data={"action": "apply", "promotion_code": "AUTUMN"}
    )
    assert "This code is invalid." in wrong.text
    right = await world.http.post(
        _path(session.url), data={"action": "apply", "promotion_code": "spring"}
    )
    assert re.search(r"Total due today</dt><dd>\$100\.00", right.text)
    await pay(session.id, "4242424242424242")
    done = await world.stripe.v1.checkout.sessions.retrieve_async(
        session.id, {"expand": ["invoice"]}
    )
    assert isinstance(done.invoice, stripe.Invoice)
    assert (done.invoice.subtotal, done.invoice.total) == (12500, 10000)


async def test_a_code_that_is_used_up_is_active_no_more(world: World, shop: Shop, pay: Pay) -> None:
    """https://docs.stripe.com/api/promotion_codes: active only if the coupon is valid, too."""
    coupon = await world.stripe.v1.coupons.create_async(
        {"percent_off": 20, "duration": "once", "max_redemptions": 1}
    )
    codes = world.stripe.v1.promotion_codes
    code = await codes.create_async(
        {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "ONCE"}
    )
    assert len((await codes.list_async({"code": "once", "active": True})).data) == 1
    discounts = [{"promotion_code": code.id}]
    first, second = [await shop.checkout(discounts=discounts) for _ in range(2)]
    await pay(first.id, "4242424242424242")
    assert (await codes.list_async({"code": "once", "active": True})).data == []
    assert not (await codes.retrieve_async(code.id)).active
    with pytest.raises(stripe.InvalidRequestError, match="cannot be redeemed"):
        await shop.checkout(discounts=discounts)
    assert second.status == "open"


async def test_the_page_of_a_checkout_whose_customer_is_deleted_says_so(
    world: World, shop: Shop
) -> None:
    customer = await shop.customer()
    session = await shop.checkout(customer=customer)
    await world.stripe.v1.customers.delete_async(customer)
    for shown in (
        await world.http.get(_path(session.url)),
        await world.http.post(_path(session.url), data={"action": "pay"}),
    ):
        assert shown.status_code == 404
        assert "customer was deleted" in shown.text


async def test_a_trial_charges_nothing_today(world: World, shop: Shop, pay: Pay) -> None:
    session = await shop.checkout(subscription_data={"trial_period_days": 14})
    assert session.amount_total == 0
    await pay(session.id, "4000000000000341")
    done = await world.stripe.v1.checkout.sessions.retrieve_async(
        session.id, {"expand": ["subscription"]}
    )
    assert done.payment_status == "no_payment_required"
    assert isinstance(done.subscription, stripe.Subscription)
    assert done.subscription.status == "trialing"
    assert done.subscription.trial_end == done.subscription.created + 14 * DAY


async def test_tax_is_added_once_the_country_is_known(world: World, shop: Shop) -> None:
    session = await shop.checkout(
        automatic_tax={"enabled": True}, tax_id_collection={"enabled": True}
    )
    path = f"/checkout/{session.id}/complete"
    missing = await world.try_control("POST", path, card="4242424242424242", email="a@b.test")
    assert "choose your country" in missing.text
    done = await world.control("POST", path, card="4242424242424242", country="FR")
    assert done["amount_total"] == 15000
    invoice = await world.stripe.v1.invoices.retrieve_async(done["invoice"])
    assert (invoice.subtotal, invoice.total) == (12500, 15000)
    assert invoice.total_taxes is not None
    assert [tax.amount for tax in invoice.total_taxes] == [2500]


async def test_sessions_are_listed_by_customer_and_status(
    world: World, shop: Shop, pay: Pay
) -> None:
    customer = await shop.customer(card=None)
    first = await shop.checkout(customer=customer)
    second = await shop.checkout(customer=customer)
    await pay(first.id, "4242424242424242")
    listed = world.stripe.v1.checkout.sessions.list_async
    assert [s.id for s in (await listed({"customer": customer, "status": "open"})).data] == [
        second.id
    ]
    everything = await listed({"customer": customer})
    assert [s.id for s in everything.data] == [second.id, first.id]
