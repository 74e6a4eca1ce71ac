"""Answers `/v1/...`: who asks, for what, was it asked before, do it, show it.

The order is Stripe's: key, route, parameters, idempotency key, work. The work and the stored
answer are one transaction.
"""

import asyncio
from base64 import b64decode
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sandbox.engine.account import Account, Caller, Resource
from sandbox.engine.expand import expand
from sandbox.engine.failures import Failures
from sandbox.engine.faults import CallFault, Faults
from sandbox.engine.idempotency import (
    StoredAnswer,
    check_key,
    find_answer,
    fingerprint,
    forget_answer,
    in_use,
    keep_answer,
)
from sandbox.engine.ids import random_text
from sandbox.engine.operations import Match, Operations
from sandbox.engine.render import render
from sandbox.engine.transactions import Transactions, account_of_key
from sandbox.errors import StripeError, invalid, not_in_sandbox, unrecognized_url
from sandbox.sdk.answers import check_answer
from sandbox.sdk.forms import decode_form
from sandbox.sdk.params import read_params
from sandbox.sdk.version import API_VERSION

_SERVER_ERROR = 500
_NO_KEY = (
    "You did not provide an API key. You need to provide your API key in the Authorization header, "
    "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See "
    "https://stripe.com/docs/api#authentication for details, or we can help at "
    "https://support.stripe.com/."
)


@dataclass(frozen=True)
class Call:
    """One request, read and found good."""

    account: str
    match: Match
    params: Resource
    request_id: str
    key: str | None
    print_: str


@dataclass(frozen=True)
class Answer:
    """What goes back, ready to be kept for a repetition."""

    status: int
    body: bytes
    request_id: str
    is_replay: bool = False


class CutConnection(Response):
    """Promises more than it sends, so that the server closes the connection half-way."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 # ASGI
        """Sends a beginning and no more."""
        length = (b"content-length", b"1000")
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": b'{"id": ', "more_body": True})


class Api:
    """The HTTP face of the operations."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        faults: Faults,
        failures: Failures,
        check_answers: bool,
    ) -> None:
        self._operations = Operations()
        self._transactions = transactions
        self._faults = faults
        self._failures = failures
        self._check_answers = check_answers
        self._in_flight: set[tuple[str, str]] = set()

    async def answer(self, request: Request) -> Response:
        """The endpoint of every `/v1` request."""
        request_id = f"req_{random_text(14)}"
        try:
            call = await self._read(request, request_id)
        except StripeError as refusal:
            return _respond(_refuse(refusal, request_id), request)
        fault = self._faults.pick_call(call.account, verb=request.method, path=request.url.path)
        answer = await (self._fail(call, fault) if fault else self._answer_once(call))
        return CutConnection() if answer is None else _respond(answer, request)

    async def _fail(self, call: Call, fault: CallFault) -> Answer | None:
        """What a fault makes of the answer. None: the connection is cut."""
        worked = await self._answer_once(call) if fault.after_work else None
        if fault.effect == "error":
            answer = _refuse(_refusal_of(fault), call.request_id)
            if fault.stored and fault.status >= _SERVER_ERROR:
                await self._keep(call, answer, instead=worked)
            return answer
        if fault.effect == "timeout":
            await asyncio.sleep(fault.seconds)
        return None

    async def _read(self, request: Request, request_id: str) -> Call:
        account = account_of_key(read_key(request))
        _check_version(request)
        verb, path = request.method, request.url.path
        match = self._operations.find(verb=verb, path=path)
        if match is None or "\0" in path:  # no id has one, and Postgres does not compare it
            raise unrecognized_url(verb, path)
        body = await request.body()
        text = body.decode(errors="replace") if verb == "POST" else request.url.query
        params = read_params(match.route.params, decode_form(text))
        _check_implemented(match, params)
        key = request.headers.get("Idempotency-Key") if verb == "POST" else None
        if key is not None:
            check_key(key)
        print_ = fingerprint(path=path, body=body)
        return Call(account, match, params, request_id, key, print_)

    async def _answer_once(self, call: Call) -> Answer:
        if call.key is None:
            return await self._attempt(call)
        flight = (call.account, call.key)
        if flight in self._in_flight:
            return _refuse(in_use(call.key), call.request_id)
        self._in_flight.add(flight)
        try:
            return await self._attempt(call)
        finally:
            self._in_flight.discard(flight)

    async def _attempt(self, call: Call) -> Answer:
        try:
            return await self._work(call)
        except StripeError as refusal:
            answer = _refuse(refusal, call.request_id)
            if refusal.status in (402, _SERVER_ERROR):
                await self._keep(call, answer)
            return answer
        except Exception as fault:  # noqa: BLE001 # a fault here must look like one of Stripe
            self._failures.add(f"{call.match.route.verb} {call.match.route.path}", fault)
            text = f"The sandbox itself failed: {type(fault).__name__}: {fault}"
            return _refuse(StripeError(text, status=500, kind="api_error"), call.request_id)

    async def _work(self, call: Call) -> Answer:
        if call.match.route.verb == "GET":
            async with self._transactions.read(call.account) as account:
                shown = await self._perform(account, call)
                return Answer(200, orjson.dumps(shown), call.request_id)
        caller = Caller(request_id=call.request_id, idempotency_key=call.key)
        async with self._transactions.write(call.account, caller=caller) as account:
            if call.key and (old := await _replay(account, call)):
                return old
            answer = await self._change(account, call)
            if call.key:
                await _keep_in(account, call, answer)
            return answer

    async def _change(self, account: Account, call: Call) -> Answer:
        """Does the work; a refusal that keeps its changes is an answer like any other."""
        try:
            shown = await self._perform(account, call)
        except StripeError as refusal:
            if not refusal.keeps_changes:
                raise
            return _refuse(refusal, call.request_id)
        return Answer(200, orjson.dumps(shown), call.request_id)

    async def _perform(self, account: Account, call: Call) -> Resource:
        assert call.match.operation is not None
        params = dict(call.params)
        paths = params.pop("expand", [])
        resource = await call.match.operation.work(account, params, *call.match.ids)
        shown: Resource = render(resource)
        await expand(account, shown, paths)
        if self._check_answers:
            check_answer(shown, call.match.route.answers)
        return shown

    async def _keep(self, call: Call, answer: Answer, *, instead: Answer | None = None) -> None:
        """Keeps an answer for repetitions; one that was kept before is replaced by none."""
        if call.key is None or (instead and instead.is_replay):
            return
        caller = Caller(request_id=call.request_id, idempotency_key=call.key)
        async with self._transactions.write(call.account, caller=caller) as account:
            await _keep_in(account, call, answer, replaces=instead is not None)


def read_key(request: Request) -> str:
    """The API key of a request, as a Bearer token or the user name of Basic.

    Raises:
        StripeError: there is none.
    """
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    key = value.strip()
    if scheme.lower() == "basic":
        key = _user_of(key)
    if scheme.lower() not in ("basic", "bearer") or not key:
        raise StripeError(_NO_KEY, status=401)
    return key


def _user_of(credentials: str) -> str:
    """The user name of Basic authentication; empty when it cannot be read."""
    try:
        return b64decode(credentials).decode().partition(":")[0]
    except ValueError:
        return ""


async def _replay(account: Account, call: Call) -> Answer | None:
    assert call.key is not None
    old = await find_answer(account.connection, account.id, key=call.key, print_=call.print_)
    return Answer(old.status, old.body, old.request_id, is_replay=True) if old else None


async def _keep_in(account: Account, call: Call, answer: Answer, *, replaces: bool = False) -> None:
    assert call.key is not None
    stored = StoredAnswer(answer.status, answer.body, call.request_id)
    if replaces:
        await forget_answer(account.connection, account.id, key=call.key)
    await keep_answer(
        account.connection, account.id, key=call.key, print_=call.print_, answer=stored
    )


def _check_implemented(match: Match, params: Resource) -> None:
    """What Stripe knows and the sandbox does not is refused, parameters included."""
    name = f"{match.route.verb} {match.route.path}"
    if match.operation is None:
        raise not_in_sandbox(name)
    if unsupported := sorted(params.keys() - match.operation.takes):
        raise not_in_sandbox(f"the parameter {unsupported[0]} of {name}")


def _check_version(request: Request) -> None:
    version = request.headers.get("Stripe-Version", API_VERSION)
    if version != API_VERSION:
        raise invalid(f"Invalid Stripe API version: {version}. The sandbox speaks {API_VERSION}.")


def _refuse(refusal: StripeError, request_id: str) -> Answer:
    return Answer(refusal.status, orjson.dumps(refusal.render()), request_id)


def _refusal_of(fault: CallFault) -> StripeError:
    if fault.status == 429:  # noqa: PLR2004 # HTTP's "too many requests"
        return StripeError(
            "Request rate limit exceeded. You can learn more about rate limits here "
            "https://stripe.com/docs/rate-limits.",
            status=429,
            code="rate_limit",
        )
    kind = "api_error" if fault.status >= _SERVER_ERROR else "invalid_request_error"
    return StripeError(
        fault.error.get("message", "An error was asked for by /_control/faults."),
        status=fault.status,
        kind=fault.error.get("type", kind),
        code=fault.error.get("code"),
        param=fault.error.get("param"),
    )


def _respond(answer: Answer, request: Request) -> Response:
    headers: dict[str, Any] = {
        "Request-Id": answer.request_id,
        "Stripe-Version": API_VERSION,
        "Cache-Control": "no-cache, no-store",
    }
    if key := request.headers.get("Idempotency-Key"):
        headers["Idempotency-Key"] = key
    if answer.is_replay:
        headers["Idempotent-Replayed"] = "true"
        headers["Original-Request"] = answer.request_id
    return Response(
        answer.body, status_code=answer.status, headers=headers, media_type="application/json"
    )
