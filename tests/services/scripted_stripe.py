"""A Stripe that answers what a test tells it to, over real HTTP, and keeps what it was asked."""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from sandbox.errors import StripeError
from sandbox.sdk.forms import decode_form
from sandbox.sdk.params import read_params
from sandbox.sdk.routes import RouteTable, list_routes


@cache
def _routes() -> RouteTable:
    return RouteTable(list_routes())


def fault_of(method: str, path: str, text: str) -> str | None:
    """What Stripe would refuse about a request, by the types of its SDK."""
    found = _routes().find(verb=method, path=path)
    if found is None:
        return f"{method} {path}: Stripe has no such route"
    try:
        read_params(found[0].params, decode_form(text))
    except StripeError as refusal:
        return f"{method} {path}: {refusal}"
    return None


@dataclass
class Asked:
    method: str
    path: str
    headers: Mapping[str, str]
    parameters: dict[str, str]


@dataclass
class Answer:
    """`body` as JSON unless it is bytes. `trickles`: it comes so slowly that it never ends."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    trickles: bool = False


class ScriptedStripe:
    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Asked] = []
        self.answers: deque[Answer] = deque()
        self.let_go = asyncio.Event()
        self.faults: list[str] = []
        """What was asked and should not have been: what the real Stripe would have refused, and
        what the test has no answer for, such as a second try that it does not expect.
        """

    def forget(self) -> None:
        """Begin anew; answers that still trickle end."""
        self.asked = []
        self.faults = []
        self.answers.clear()
        self.let_go.set()
        self.let_go = asyncio.Event()

    def will_answer(self, body: Any, status: int = 200, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append(Answer(body, status, named))

    def will_trickle(self) -> None:
        self.answers.append(Answer(trickles=True))

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST"])])

    async def _answer(self, request: Request) -> Response:
        query = (await request.body()).decode() or request.url.query
        parameters = dict(parse_qsl(query, keep_blank_values=True))
        if fault := fault_of(request.method, request.url.path, query):
            self.faults.append(fault)
        self.asked.append(Asked(request.method, request.url.path, request.headers, parameters))
        if not self.answers:
            self.faults.append(f"{request.method} {request.url.path}: asked once too often")
            return Response(status_code=400)
        answer = self.answers.popleft()
        if answer.trickles:
            return StreamingResponse(self._trickle(), media_type="application/json")
        body = answer.body if isinstance(answer.body, bytes) else orjson.dumps(answer.body)
        return Response(body, answer.status, dict(answer.headers), "application/json")

    async def _trickle(self) -> Any:
        let_go = self.let_go
        while not let_go.is_set():
            yield b" "
            await asyncio.sleep(0.02)


def error(type_: str = "api_error", **details: str) -> dict[str, Any]:
    return {"error": {"type": type_, "message": f"{type_} happened", **details}}


def page(*items: Mapping[str, Any], has_more: bool = False, url: str = "/v1/x") -> dict[str, Any]:
    return {"object": "list", "data": list(items), "has_more": has_more, "url": url}


def subscription(**changed: Any) -> dict[str, Any]:
    price = {
        "id": "price_1",
        "object": "price",
        "product": "seatwise_pro",
        "unit_amount": 24000,
        "currency": "usd",
        "recurring": {"interval": "year", "interval_count": 1},
    }
    item = {
        "id": "si_1",
        "object": "subscription_item",
        "price": price,
        "quantity": 5,
        "current_period_start": 1_700_000_000,
        "current_period_end": 1_731_622_400,
    }
    return {
        "id": "sub_1",
        "object": "subscription",
        "customer": "cus_1",
        "status": "active",
        "currency": "usd",
        "start_date": 1_690_000_000,
        "trial_start": None,
        "trial_end": None,
        "discounts": [],
        "schedule": None,
        "pending_update": None,
        "latest_invoice": None,
        "default_payment_method": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "ended_at": None,
        "metadata": {"organization_id": "o1"},
        "items": page(item),
        **changed,
    }


def checkout_session(**changed: Any) -> dict[str, Any]:
    return {
        "id": "cs_1",
        "object": "checkout.session",
        "customer": "cus_1",
        "url": "https://checkout.stripe.com/c/pay/cs_1",
        "status": "open",
        "expires_at": 1_700_003_600,
        "subscription": None,
        "metadata": {"intent_id": "i1"},
        **changed,
    }
