"""The customer portal: its flows, and that it offers what its configuration says and no more."""

from typing import Any

import httpx
import pytest
import stripe

from tests.sandbox.worlds import Shop, World

RETURN = "http://app.test/billing"


async def _open(world: World, customer: str, **params: Any) -> str:
    wanted: Any = {"customer": customer, "return_url": RETURN, **params}
    session = await world.stripe.v1.billing_portal.sessions.create_async(wanted)
    return session.url.removeprefix("http://sandbox.test")


async def _act(world: World, path: str, **form: str) -> httpx.Response:
    return await world.http.post(path, data=form)


async def test_home_shows_the_state_and_a_way_back(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe()
    path = await _open(world, str(subscription.customer))
    shown = await world.http.get(path)
    for text in (
        "Pro",
        "active",
        "Renews",
        "ending in 4242",
        "$125.00",
        RETURN,
        "This is not Stripe",
    ):
        assert text in shown.text
    assert (await world.http.get(f"{path}x")).status_code == 404


async def test_cancelling_sets_cancel_at_only(world: World, shop: Shop) -> None:
    """Under flexible billing the portal leaves `cancel_at_period_end` alone."""
    subscription = await shop.subscribe()
    path = await _open(
        world,
        str(subscription.customer),
        flow_data={
            "type": "subscription_cancel",
            "subscription_cancel": {"subscription": subscription.id},
        },
    )
    done = await _act(world, path, action="cancel", subscription=subscription.id, feedback="unused")
    assert done.status_code == 303
    get = world.stripe.v1.subscriptions.retrieve_async
    leaving = await get(subscription.id)
    assert leaving.cancel_at == subscription["items"].data[0].current_period_end
    assert not leaving.cancel_at_period_end
    assert leaving.cancellation_details is not None
    assert leaving.cancellation_details.feedback == "unused"
    await _act(world, path, action="resume", subscription=subscription.id)
    assert (await get(subscription.id)).cancel_at is None


async def test_a_flow_ends_where_it_was_told_to(world: World, shop: Shop) -> None:
    customer = await shop.customer()
    redirect = {"type": "redirect", "redirect": {"return_url": f"{RETURN}?done"}}
    flow = {"type": "payment_method_update", "after_completion": redirect}
    path = await _open(world, customer, flow_data=flow)
    done = await _act(world, path, action="save_card", card="5555 5555 5555 4444")
    assert done.headers["Location"] == f"{RETURN}?done"
    methods = await world.stripe.v1.payment_methods.list_async({"customer": customer})
    found = await world.stripe.v1.customers.retrieve_async(customer)
    assert found.invoice_settings is not None
    assert found.invoice_settings.default_payment_method == methods.data[0].id
    assert methods.data[0].card is not None
    assert methods.data[0].card.brand == "mastercard"


async def test_a_card_that_cannot_be_saved(world: World, shop: Shop) -> None:
    path = await _open(world, await shop.customer())
    refused = await _act(world, path, action="save_card", card="4000000000000002")
    assert refused.status_code == 402
    assert "Your card was declined." in refused.text


async def test_the_configuration_is_honoured(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe()
    customer = str(subscription.customer)
    configuration = await world.stripe.v1.billing_portal.configurations.create_async(
        {
            "features": {
                "invoice_history": {"enabled": True},
                "subscription_cancel": {"enabled": False},
                "payment_method_update": {"enabled": False},
            },
            "business_profile": {"headline": "Acme billing"},
            "default_return_url": RETURN,
        }
    )
    path = await _open(world, customer, configuration=configuration.id)
    shown = await world.http.get(path)
    assert "Acme billing" in shown.text
    for text in ("Cancel subscription", "Save card"):
        assert text not in shown.text
    forged = await _act(world, path, action="cancel", subscription=subscription.id)
    assert "does not offer" in forged.text
    after = await world.stripe.v1.subscriptions.retrieve_async(subscription.id)
    assert after.cancel_at is None
    with pytest.raises(stripe.InvalidRequestError, match="feature is disabled"):
        await _open(
            world,
            customer,
            configuration=configuration.id,
            flow_data={"type": "payment_method_update"},
        )
    updated = await world.stripe.v1.billing_portal.configurations.update_async(
        configuration.id, {"features": {"subscription_cancel": {"enabled": True}}}
    )
    assert updated.features.invoice_history.enabled
    assert updated.features.subscription_cancel.enabled


async def test_nobody_cancels_somebody_elses(world: World, shop: Shop) -> None:
    other = await shop.subscribe()
    path = await _open(world, await shop.customer())
    assert (await _act(world, path, action="cancel", subscription=other.id)).status_code == 404


async def test_links_are_short_lived(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe()
    path = await _open(world, str(subscription.customer))
    await world.advance(3700)
    assert (await world.http.get(path)).status_code == 410
    await _act(world, path, action="cancel", subscription=subscription.id)
    after = await world.stripe.v1.subscriptions.retrieve_async(subscription.id)
    assert after.cancel_at is None


async def test_there_is_a_default_configuration(world: World, shop: Shop) -> None:
    await _open(world, await shop.customer())
    listed = await world.stripe.v1.billing_portal.configurations.list_async({"is_default": True})
    assert len(listed.data) == 1


async def test_the_customers_details(world: World, shop: Shop) -> None:
    customer = await shop.customer(card=None)
    path = await _open(world, customer)
    form = {"email": "new@acme.test", "country": "FR", "name": "Not allowed"}
    await _act(world, path, action="save_details", **form)
    found = await world.stripe.v1.customers.retrieve_async(customer)
    assert (found.email, found.name) == ("new@acme.test", None)
    assert found.address is not None
    assert found.address.country == "FR"


async def test_features_that_the_page_does_not_have_are_refused(world: World) -> None:
    with pytest.raises(stripe.APIError, match="portal feature subscription_update"):
        await world.stripe.v1.billing_portal.configurations.create_async(
            {"features": {"subscription_update": {"enabled": True}}}
        )
