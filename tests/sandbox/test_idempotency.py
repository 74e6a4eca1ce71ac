"""The same key and request get the same answer; nothing is done twice."""

import asyncio
from typing import Any

import httpx
import pytest
import stripe

from tests.sandbox.worlds import Pay, Shop, World


async def _create(world: World, key: str, **form: str) -> httpx.Response:
    return await world.http.post("/v1/customers", data=form, headers={"Idempotency-Key": key})


async def test_a_repetition_is_replayed(world: World) -> None:
    first = await _create(world, "k1", name="Acme")
    again = await _create(world, "k1", name="Acme")
    assert first.json() == again.json()
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Original-Request"] == first.headers["Request-Id"]
    assert len((await world.stripe.v1.customers.list_async()).data) == 1


async def test_the_same_key_for_another_request_is_an_error(world: World) -> None:
    await _create(world, "k1", name="Acme")
    with pytest.raises(stripe.IdempotencyError, match="Keys for idempotent requests"):
        await world.stripe.v1.customers.create_async({"name": "X"}, {"idempotency_key": "k1"})


async def test_refused_parameters_are_not_kept(world: World) -> None:
    refused = await _create(world, "k1", balance="much")
    assert refused.status_code == 400
    assert (await _create(world, "k1", balance="0")).status_code == 200


async def test_a_declined_card_is_kept(world: World, shop: Shop) -> None:
    customer = await shop.customer(card="pm_card_chargeCustomerFail")
    params: Any = {
        "customer": customer,
        "items": [{"price": shop.monthly}],
        "payment_behavior": "error_if_incomplete",
    }
    create = world.stripe.v1.subscriptions.create_async
    with pytest.raises(stripe.CardError):
        await create(params, {"idempotency_key": "k2"})
    methods = await world.stripe.v1.payment_methods.list_async({"customer": customer})
    await world.stripe.v1.payment_methods.detach_async(methods.data[0].id)
    with pytest.raises(stripe.CardError):
        await create(params, {"idempotency_key": "k2"})


async def test_two_at_once_do_it_once(world: World) -> None:
    answers = await asyncio.gather(*(_create(world, "k3", name="Acme") for _ in range(8)))
    codes = {answer.status_code for answer in answers}
    assert codes <= {200, 409}
    made = {answer.json()["id"] for answer in answers if answer.status_code == 200}
    assert len(made) == 1
    assert len((await world.stripe.v1.customers.list_async()).data) == 1


async def test_a_stored_500_is_replayed_for_ever(world: World) -> None:
    await world.control(
        "POST", "/faults", calls=[{"route": "POST /v1/customers", "after_work": True}]
    )
    assert (await _create(world, "k4", name="Acme")).status_code == 500
    again = await _create(world, "k4", name="Acme")
    assert again.status_code == 500
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len((await world.stripe.v1.customers.list_async()).data) == 1, "the work was done"
    assert (await _create(world, "k5", name="Acme")).status_code == 200


async def test_a_fault_does_not_undo_what_was_answered(world: World) -> None:
    first = await _create(world, "k6", name="Acme")
    for after_work in (False, True):
        await world.control(
            "POST", "/faults", calls=[{"route": "*", "after_work": after_work, "status": 503}]
        )
        assert (await _create(world, "k6", name="Acme")).status_code == 503
        again = await _create(world, "k6", name="Acme")
        assert again.json() == first.json()


async def test_a_key_longer_than_255_is_refused(world: World) -> None:
    assert (await _create(world, "k" * 256)).status_code == 400


async def test_a_checkout_is_paid_once(world: World, shop: Shop, pay: Pay) -> None:
    session = await shop.checkout()
    await pay(session.id, "4242424242424242")
    again = await world.try_control(
        "POST", f"/checkout/{session.id}/complete", card="4242424242424242"
    )
    assert again.status_code == 400
    assert len((await world.stripe.v1.subscriptions.list_async({"status": "all"})).data) == 1
