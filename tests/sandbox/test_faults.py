"""Faults on demand, and what holds without them: no call is torn, nothing is lost."""

import asyncio
import time
from typing import Any

import asyncpg
import httpx
import pytest
import stripe

from sandbox import Settings, create_app
from tests.sandbox.worlds import Inbox, Shop, World, new_world


async def _count(world: World) -> int:
    return len((await world.stripe.v1.customers.list_async({"limit": 100})).data)


@pytest.mark.parametrize("after_work", [False, True])
async def test_the_next_calls_fail(world: World, after_work: bool) -> None:  # noqa: FBT001 # a parameter
    fault = {"route": "POST /v1/customers", "status": 503, "count": 2, "after_work": after_work}
    await world.control("POST", "/faults", calls=[fault])
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            await world.stripe.v1.customers.create_async({})
    await world.stripe.v1.customers.create_async({})
    assert await _count(world) == (3 if after_work else 1)
    assert (await world.control("GET", "/faults"))["hits"] == 2


async def test_too_many_requests(world: World) -> None:
    await world.control("POST", "/faults", calls=[{"route": "/v1/customers", "status": 429}])
    with pytest.raises(stripe.RateLimitError):
        await world.stripe.v1.customers.list_async()


@pytest.mark.parametrize("effect", ["disconnect", "timeout"])
async def test_an_answer_is_lost_after_the_work(world: World, effect: str) -> None:
    fault = {"route": "POST *", "effect": effect, "after_work": True, "seconds": 0.1}
    await world.control("POST", "/faults", calls=[fault])
    params: Any = {"name": "Acme"}
    with pytest.raises(stripe.APIConnectionError):
        await world.stripe.v1.customers.create_async(params, {"idempotency_key": "once"})
    again = await world.stripe.v1.customers.create_async(params, {"idempotency_key": "once"})
    assert again.name == "Acme"
    assert await _count(world) == 1, "the same key found the work done"


async def test_a_call_that_never_arrived(world: World) -> None:
    await world.control("POST", "/faults", calls=[{"effect": "disconnect"}])
    with pytest.raises(stripe.APIConnectionError):
        await world.stripe.v1.customers.create_async({})
    assert await _count(world) == 0


async def test_chance_repeats_with_its_seed(world: World) -> None:
    async def outcomes() -> list[bool]:
        fault = {"route": "GET *", "probability": 0.5, "count": None}
        await world.control("POST", "/faults", seed=7, calls=[fault])
        answers = [await world.http.get("/v1/customers") for _ in range(20)]
        return [answer.status_code == 200 for answer in answers]

    first = await outcomes()
    assert first == await outcomes()
    assert len(set(first)) == 2


async def test_faults_of_one_account_do_not_touch_another(world: World) -> None:
    await world.control("POST", "/faults", calls=[{"route": "*", "count": None}])
    async with new_world(world.url) as other:
        await other.stripe.v1.customers.list_async()


async def test_misspelt_faults_are_refused(world: World) -> None:
    misspelt: list[dict[str, Any]] = [
        {"call": []},
        {"calls": [{"rout": "*"}]},
        {"calls": [{"effect": "smoke"}]},
    ]
    for body in misspelt:
        assert (await world.try_control("POST", "/faults", **body)).status_code == 400


async def test_deliveries_come_twice_and_out_of_order(world: World, inbox: Inbox) -> None:
    wanted = {"shuffle": True, "delay_seconds": [0.0, 0.3], "duplicate": 0.5}
    await world.control("POST", "/faults", seed=3, deliveries=wanted)
    for number in range(12):
        await world.stripe.v1.products.create_async({"name": str(number)})
    await world.control("GET", "/deliveries?wait=20")
    sent = [event.data.object["name"] for event in inbox.received]
    assert len(sent) > 12, "some came twice"
    assert sent != sorted(sent, key=int), "they came out of order"
    events = await world.stripe.v1.events.list_async({"type": "product.created", "limit": 100})
    listed = [event.data.object["name"] for event in events.data]
    assert listed == [str(number) for number in reversed(range(12))]


async def test_requests_of_an_account_happen_one_after_the_other(world: World, shop: Shop) -> None:
    subscription = await shop.subscribe()
    item = subscription["items"].data[0].id
    update = world.stripe.v1.subscriptions.update_async

    async def change(seats: int) -> None:
        params: Any = {
            "items": [{"id": item, "quantity": seats}],
            "proration_behavior": "always_invoice",
        }
        await update(subscription.id, params)

    await asyncio.gather(*(change(seats) for seats in range(6, 16)))
    invoices = await world.stripe.v1.invoices.list_async({"limit": 100})
    numbers = [invoice.number for invoice in invoices.data]
    assert len(set(numbers)) == 11
    net = sum(invoice.total for invoice in invoices.data)
    after = await world.stripe.v1.subscriptions.retrieve_async(subscription.id)
    seats = after["items"].data[0].quantity
    assert abs(net - seats * 2500) < 20, "the sum of all prorations is the price of what is left"


async def test_a_restart_loses_nothing(
    world: World, shop: Shop, postgres_url: str, serve_app: Any
) -> None:
    """State and undelivered events live in the database, not in the process."""
    subscription = await shop.subscribe()
    settings = Settings(database_url=postgres_url, public_url="http://sandbox.test")
    async with (
        serve_app(create_app(settings)) as url,
        httpx.AsyncClient(base_url=url, headers=world.http.headers) as client,
    ):
        found = await client.get(f"/v1/subscriptions/{subscription.id}")
        assert found.json()["status"] == "active"
        clock = await client.get("/_control/clock")
        assert abs(clock.json()["now"] - await world.now()) <= 2


async def test_the_database_goes_away_for_a_moment(empty_database_url: str, serve_app: Any) -> None:
    """Every connection is cut, also under a delivery; calls are answered, and deliveries go on."""
    settings = Settings(database_url=empty_database_url, pool_size=3, delivery_retry_seconds=0.05)
    async with serve_app(create_app(settings)) as url, new_world(url) as world:
        await world.control("PUT", "/webhook_endpoint", url=f"{url}/healthz", secret="s")
        for _ in range(8):
            await _cut_connections(empty_database_url)
            answers = [
                await world.http.post("/v1/customers", data={"name": "after"})
                for _ in range(settings.pool_size + 1)  # each cut connection may cost one call
            ]
            assert {200} <= {answer.status_code for answer in answers} <= {200, 500}
        deadline = time.monotonic() + 60
        while not await _all_were_tried(world):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)


async def _cut_connections(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await connection.close()


async def _all_were_tried(world: World) -> bool:
    answer = await world.http.get("/_control/deliveries")
    found = answer.json()["deliveries"] if answer.is_success else []
    return bool(found) and all(one["attempts"] for one in found)
