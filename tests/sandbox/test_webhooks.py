"""Events: signed, complete, tried again; the order is that of creation in the list only."""

import pytest
import stripe

from tests.sandbox.worlds import DAY, SECRET, Inbox, Pay, Shop, World


async def _all_delivered(world: World) -> None:
    answer = await world.control("GET", "/deliveries?wait=20")
    assert answer["all_delivered"], answer


async def test_a_checkout_tells_what_happened(
    world: World, shop: Shop, inbox: Inbox, pay: Pay
) -> None:
    session = await shop.checkout()
    await pay(session.id, "4242424242424242")
    await _all_delivered(world)
    assert set(inbox.types()) >= {
        "checkout.session.completed",
        "customer.subscription.created",
        "customer.subscription.updated",
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "payment_intent.succeeded",
    }
    event = next(e for e in inbox.received if e.type == "checkout.session.completed")
    assert event.api_version == stripe.api_version
    assert event.data.object["id"] == session.id
    assert not [key for key in event.data.object.to_dict() if key.startswith("_")]


async def test_an_update_says_what_was_before(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe()
    await world.stripe.v1.subscriptions.update_async(
        subscription.id, {"cancel_at_period_end": True}, {"idempotency_key": "cancel-1"}
    )
    events = await world.stripe.v1.events.list_async({"type": "customer.subscription.updated"})
    latest = events.data[0]
    assert latest.data.previous_attributes is not None
    assert latest.data.previous_attributes.to_dict() == {
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"reason": None},
    }
    assert latest.request is not None
    assert latest.request.idempotency_key == "cancel-1"


async def test_an_update_that_changes_nothing_is_no_event(world: World, shop: Shop) -> None:
    before = await world.events()
    await world.advance(60)
    await world.stripe.v1.products.update_async(shop.product, {"name": "Pro"})
    assert [e for e in await world.events() if e == "product.updated"] == [
        e for e in before if e == "product.updated"
    ]


async def test_a_failed_delivery_is_tried_again(world: World, inbox: Inbox) -> None:
    inbox.answers = [500, 503]
    await world.stripe.v1.products.create_async({"name": "Pro"})
    await _all_delivered(world)
    assert inbox.types() == ["product.created"] * 3
    assert len({event.id for event in inbox.received}) == 1
    done = (await world.control("GET", "/deliveries"))["deliveries"]
    assert [(d["state"], d["attempts"], d["last_status"]) for d in done] == [("delivered", 3, 200)]


async def test_a_wrong_signature_is_none(world: World, inbox: Inbox) -> None:
    await world.stripe.v1.products.create_async({"name": "Pro"})
    await _all_delivered(world)
    body, header = inbox.raw[0]
    verify = stripe.WebhookSignature.verify_header
    assert verify(body.decode(), header, SECRET, 300)
    with pytest.raises(stripe.SignatureVerificationError):
        verify(body.decode() + " ", header, SECRET, 300)


async def test_an_endpoint_of_the_api_gets_what_it_asked_for(
    world: World, inbox: Inbox, shop: Shop
) -> None:
    await world.control(
        "PUT",
        "/webhook_endpoint",
        url=inbox.url,
        secret=SECRET,
        enabled_events=["customer.created"],
    )
    await shop.customer(card=None)
    await world.stripe.v1.products.create_async({"name": "Pro"})
    await _all_delivered(world)
    assert inbox.types().count("customer.created") == 1
    made = await world.stripe.v1.webhook_endpoints.create_async(
        {"url": "http://app.test/hook", "enabled_events": ["*"]}
    )
    assert made.secret is not None
    shown = await world.stripe.v1.webhook_endpoints.retrieve_async(made.id)
    assert not hasattr(shown, "secret")


async def test_events_carry_the_time_of_the_clock(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe()
    end = subscription["items"].data[0].current_period_end
    await world.advance(62 * DAY)
    created = await world.stripe.v1.events.list_async({"type": "invoice.created", "limit": 100})
    times = [event.created for event in reversed(created.data)]
    assert times[1] == end
    assert times == sorted(times)


async def test_faults_of_deliveries(world: World, inbox: Inbox) -> None:
    await world.control("POST", "/faults", deliveries={"duplicate": 1.0, "copies": 2}, seed=1)
    await world.stripe.v1.products.create_async({"name": "Pro"})
    await _all_delivered(world)
    assert inbox.types() == ["product.created"] * 3
    await world.control("POST", "/faults", deliveries={"drop": 1.0})
    await world.stripe.v1.products.create_async({"name": "Lost"})
    await _all_delivered(world)
    assert len(inbox.received) == 3
    await world.control("DELETE", "/faults")
    await world.stripe.v1.products.create_async({"name": "Found"})
    await _all_delivered(world)
    assert len(inbox.received) == 4


async def test_events_are_listed_by_kind(world: World, shop: Shop) -> None:
    await shop.subscribe()
    listed = world.stripe.v1.events.list_async
    paid = await listed({"type": "invoice.paid"})
    assert [event.type for event in paid.data] == ["invoice.paid"]
    invoices = await listed({"type": "invoice.*", "limit": 3})
    assert all(event.type.startswith("invoice.") for event in invoices.data)
    assert invoices.has_more
    some = await listed({"types": ["price.created", "invoice_payment.paid"]})
    assert sorted({event.type for event in some.data}) == ["invoice_payment.paid", "price.created"]
