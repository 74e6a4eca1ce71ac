"""A sandbox over real HTTP, shared by all tests; each test has an account of its own."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from sandbox import Settings, create_app
from tests.sandbox.worlds import SECRET, Inbox, Pay, Shop, World, new_world
from tests.stack import require_honesty


@pytest.fixture(scope="session")
async def sandbox_url(postgres_url: str, serve_app: Any) -> AsyncIterator[str]:
    """A sandbox that retries deliveries fast. Its pages are asked for by their path only."""
    settings = Settings(
        database_url=postgres_url,
        public_url="http://sandbox.test",
        delivery_retry_seconds=0.05,
        catch_up_seconds=0.2,
    )
    async with serve_app(create_app(settings)) as url:
        yield url
        await require_honesty(url)


@pytest.fixture
async def world(sandbox_url: str) -> AsyncIterator[World]:
    async with new_world(sandbox_url) as made:
        yield made


@pytest.fixture
async def inbox(world: World, serve_app: Any) -> AsyncIterator[Inbox]:
    """The account's webhook endpoint."""
    made = Inbox()
    async with serve_app(Starlette(routes=[Route("/hook", made.accept, methods=["POST"])])) as url:
        made.url = f"{url}/hook"
        await world.control("PUT", "/webhook_endpoint", url=made.url, secret=SECRET)
        yield made


@pytest.fixture
async def shop(world: World) -> Shop:
    client = world.stripe.v1
    product = await client.products.create_async({"name": "Pro"})
    prices = [
        await client.prices.create_async(
            {
                "product": product.id,
                "currency": "usd",
                "unit_amount": amount,
                "recurring": {"interval": interval},
                "lookup_key": f"pro_{interval}",
            }
        )
        for interval, amount in (("month", 2500), ("year", 24000))
    ]
    return Shop(world, product.id, prices[0].id, prices[1].id)


@pytest.fixture
def pay(world: World) -> Pay:
    """Completes a checkout with a card, as the page does."""

    async def complete(session: str, card: str) -> dict[str, Any]:
        return await world.control("POST", f"/checkout/{session}/complete", card=card)

    return complete
