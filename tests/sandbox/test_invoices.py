"""Invoices: the hosted page, the PDF, numbers, voiding, previews of what is to come."""

import re

import pytest
import stripe

from tests.sandbox.worlds import DAY, Shop, World


async def _latest(world: World, subscription: stripe.Subscription) -> stripe.Invoice:
    found = await world.stripe.v1.subscriptions.retrieve_async(
        subscription.id, {"expand": ["latest_invoice.payments"]}
    )
    assert isinstance(found.latest_invoice, stripe.Invoice)
    return found.latest_invoice


def _path(url: str | None) -> str:
    assert url is not None
    return url.removeprefix("http://sandbox.test")


async def test_a_paid_invoice_shows_its_payment(world: World, shop: Shop) -> None:
    invoice = await _latest(world, await shop.subscribe())
    assert invoice.payments is not None
    payment = invoice.payments.data[0]
    assert (payment.status, payment.amount_paid) == ("paid", 12500)
    intent = await world.stripe.v1.payment_intents.retrieve_async(
        str(payment.payment.payment_intent)
    )
    assert (intent.status, intent.amount_received) == ("succeeded", 12500)
    assert invoice.parent is not None
    assert invoice.parent.subscription_details is not None
    line = invoice.lines.data[0]
    assert line.description == "5 \N{MULTIPLICATION SIGN} Pro (at $25.00 / month)"
    assert line.parent is not None
    assert line.parent.subscription_item_details is not None
    assert line.parent.subscription_item_details.proration is False


async def test_the_page_and_the_pdf(world: World, shop: Shop) -> None:
    invoice = await _latest(world, await shop.subscribe())
    shown = await world.http.get(_path(invoice.hosted_invoice_url))
    for text in (str(invoice.number), "$125.00", "paid on", "This is not Stripe"):
        assert text in shown.text
    wrong = re.sub(r"/[^/]+$", "/guess", _path(invoice.hosted_invoice_url))
    assert (await world.http.get(wrong)).status_code == 404
    pdf = await world.http.get(_path(invoice.invoice_pdf))
    assert pdf.headers["Content-Type"] == "application/pdf"
    _check_pdf(pdf.content)
    assert str(invoice.number).encode() in pdf.content


def _check_pdf(content: bytes) -> None:
    """Every entry of the cross-reference table points at its object."""
    assert content.startswith(b"%PDF-1.4")
    start = int(content.rsplit(b"startxref\n", 1)[1].split()[0])
    assert content[start:].startswith(b"xref")
    entries = re.findall(rb"(\d{10}) 00000 n ", content[start:])
    assert len(entries) >= 6
    for number, offset in enumerate(entries, start=1):
        assert content[int(offset) :].startswith(b"%d 0 obj" % number)


async def test_numbers_count_up_for_each_customer(world: World, shop: Shop) -> None:
    customer = await shop.customer(invoice_prefix="ACME")
    subscription = await shop.subscribe(customer)
    await world.advance(62 * DAY + 7200)
    listed = await world.stripe.v1.invoices.list_async({"subscription": subscription.id})
    assert [invoice.number for invoice in listed.data] == ["ACME-0003", "ACME-0002", "ACME-0001"]
    paid = await world.stripe.v1.invoices.list_async({"customer": customer, "status": "open"})
    assert paid.data == []


async def test_a_preview_changes_nothing(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe()
    events = await world.events()
    item = subscription["items"].data[0].id
    preview = await world.stripe.v1.invoices.create_preview_async(
        {
            "customer": str(subscription.customer),
            "subscription": subscription.id,
            "subscription_details": {
                "items": [{"id": item, "price": shop.yearly, "quantity": 9}],
                "proration_behavior": "always_invoice",
            },
        }
    )
    assert preview.status == "draft"
    assert preview.id.startswith("upcoming_in_")
    assert await world.events() == events
    assert len((await world.stripe.v1.invoices.list_async()).data) == 1
    after = await world.stripe.v1.subscriptions.retrieve_async(subscription.id)
    assert after["items"].data[0].price.id == shop.monthly


async def test_a_preview_of_a_new_subscription_with_a_code(world: World, shop: Shop) -> None:
    coupon = await world.stripe.v1.coupons.create_async({"percent_off": 10, "duration": "once"})
    preview = await world.stripe.v1.invoices.create_preview_async(
        {
            "customer": await shop.customer(),
            "subscription_details": {"items": [{"price": shop.yearly, "quantity": 2}]},
            "discounts": [{"coupon": coupon.id}],
        }
    )
    assert (preview.subtotal, preview.total) == (48000, 43200)
    assert (await world.stripe.v1.subscriptions.list_async({"status": "all"})).data == []


async def test_nothing_comes_after_a_cancellation(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe()
    await world.stripe.v1.subscriptions.update_async(
        subscription.id, {"cancel_at_period_end": True}
    )
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await world.stripe.v1.invoices.create_preview_async({"subscription": subscription.id})
    assert (refused.value.http_status, refused.value.code) == (404, "invoice_upcoming_none")
    resumed = await world.stripe.v1.invoices.create_preview_async(
        {
            "subscription": subscription.id,
            "subscription_details": {"cancel_at_period_end": False},
        }
    )
    assert resumed.amount_due == 12500


async def test_voiding_what_is_overdue_frees_the_subscription(world: World, shop: Shop) -> None:
    customer = await shop.customer("pm_card_chargeCustomerFail")
    first = await shop.subscribe(customer, trial_period_days=1)
    await world.advance(DAY + 7200)
    invoice = await _latest(world, first)
    assert invoice.status == "open"
    await world.stripe.v1.invoices.void_invoice_async(invoice.id)
    after = await world.stripe.v1.subscriptions.retrieve_async(first.id)
    assert after.status == "active"
    with pytest.raises(stripe.InvalidRequestError, match="status void cannot be paid"):
        await world.stripe.v1.invoices.pay_async(invoice.id)


async def test_tax_that_is_in_the_price(world: World, shop: Shop) -> None:
    """12500 with 19% inside: 12500 * 19/119 = 1995.80."""
    price = await world.stripe.v1.prices.create_async(
        {
            "product": shop.product,
            "currency": "eur",
            "unit_amount": 2500,
            "recurring": {"interval": "month"},
            "tax_behavior": "inclusive",
        }
    )
    customer = await shop.customer(address={"country": "DE"})
    subscription = await shop.subscribe(customer, price=price.id, automatic_tax={"enabled": True})
    invoice = await _latest(world, subscription)
    assert (invoice.total, invoice.total_excluding_tax) == (12500, 12500 - 1996)
    assert invoice.total_taxes is not None
    assert invoice.total_taxes[0].tax_behavior == "inclusive"


async def test_a_business_with_a_tax_id_accounts_for_it_itself(world: World, shop: Shop) -> None:
    customer = await shop.customer(
        address={"country": "DE"}, tax_id_data=[{"type": "eu_vat", "value": "DE123456789"}]
    )
    subscription = await shop.subscribe(customer, automatic_tax={"enabled": True})
    assert (await _latest(world, subscription)).total == 12500
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await shop.subscribe(await shop.customer(), automatic_tax={"enabled": True})
    assert refused.value.code == "customer_tax_location_invalid"
