"""What the tests of the sandbox hold in their hands: an account, its catalogue, its webhooks."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import stripe
from starlette.requests import Request
from starlette.responses import Response

DAY = 86_400
START = 1_767_225_600  # 1 January 2026, 00:00 UTC
SECRET = "whsec_of_the_tests"  # made up


@dataclass
class World:
    """One account of the sandbox, seen through Stripe's SDK and through `/_control`."""

    url: str
    key: str
    stripe: stripe.StripeClient
    http: httpx.AsyncClient

    async def control(self, verb: str, path: str, **body: Any) -> dict[str, Any]:
        answer = await self.http.request(verb, f"/_control{path}", json=body or None)
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def try_control(self, verb: str, path: str, **body: Any) -> httpx.Response:
        return await self.http.request(verb, f"/_control{path}", json=body or None)

    async def now(self) -> int:
        return int((await self.control("GET", "/clock"))["now"])

    async def advance(self, seconds: int) -> None:
        await self.control("POST", "/clock/advance", seconds=seconds)

    async def advance_to(self, moment: int) -> None:
        await self.control("POST", "/clock/advance", to=moment)

    async def freeze_at(self, moment: int) -> None:
        """Stops the clock at a moment after the present."""
        await self.control("POST", "/clock/freeze")
        await self.advance_to(moment)

    async def events(self, kind: str | None = None) -> list[str]:
        """The types of the account's events, oldest first."""
        found = await self.stripe.v1.events.list_async({"limit": 100})
        names = [event.type for event in reversed(found.data)]
        return [name for name in names if kind is None or name.startswith(kind)]


@contextlib.asynccontextmanager
async def new_world(url: str) -> AsyncIterator[World]:
    key = f"sk_test_{secrets.token_hex(12)}"
    transport = stripe.HTTPXClient(timeout=20)
    client = stripe.StripeClient(key, base_addresses={"api": url}, http_client=transport)
    async with httpx.AsyncClient(
        base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30
    ) as http:
        yield World(url, key, client, http)
    await transport.close_async()  # type: ignore[no-untyped-call] # the SDK's


@dataclass
class Inbox:
    """A webhook endpoint that keeps what it verified; `answers` are its next statuses."""

    url: str = ""
    received: list[stripe.Event] = field(default_factory=list)
    raw: list[tuple[bytes, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def accept(self, request: Request) -> Response:
        body, header = await request.body(), request.headers["Stripe-Signature"]
        self.raw.append((body, header))
        self.received.append(stripe.Webhook.construct_event(body, header, SECRET))
        self._arrived.set()
        return Response(status_code=self.answers.pop(0) if self.answers else 200)

    def types(self) -> list[str]:
        return [event.type for event in self.received]


@dataclass
class Shop:
    """A product with prices of 25 USD a month and 240 USD a year."""

    world: World
    product: str
    monthly: str
    yearly: str

    async def customer(self, card: str | None = "pm_card_visa", **params: Any) -> str:
        client = self.world.stripe.v1
        wanted: Any = {"email": "owner@acme.test", **params}
        made = await client.customers.create_async(wanted)
        if card:
            await client.payment_methods.attach_async(card, {"customer": made.id})
            methods = await client.payment_methods.list_async({"customer": made.id})
            default = methods.data[0].id
            await client.customers.update_async(
                made.id, {"invoice_settings": {"default_payment_method": default}}
            )
        return made.id

    async def subscribe(
        self,
        customer: str | None = None,
        *,
        seats: int = 5,
        price: str | None = None,
        **params: Any,
    ) -> stripe.Subscription:
        wanted: Any = {
            "customer": customer or await self.customer(),
            "items": [{"price": price or self.monthly, "quantity": seats}],
            **params,
        }
        return await self.world.stripe.v1.subscriptions.create_async(wanted)

    async def checkout(self, **params: Any) -> stripe.checkout.Session:
        wanted: Any = {
            "mode": "subscription",
            "line_items": [{"price": self.monthly, "quantity": 5}],
            "success_url": "http://app.test/done?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://app.test/back",
            **params,
        }
        return await self.world.stripe.v1.checkout.sessions.create_async(wanted)


Pay = Callable[[str, str], Awaitable[dict[str, Any]]]
