"""`/_control`: what a test or a start-up script may do that no customer of Stripe can.

Calls authenticate like the API, with the account's key as Bearer. Answers are JSON.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.billing.checkout_paying import (
    Payer,
    apply_promotion_code,
    authenticating_payer,
    change_quantity,
    pay,
)
from sandbox.billing.webhook_endpoints import add_endpoint
from sandbox.engine.account import Account, Caller, Resource
from sandbox.engine.api import read_key
from sandbox.engine.clock import advance, freeze, release, show_clock
from sandbox.engine.copies import MOST, copy_subscription
from sandbox.engine.deliveries import Deliveries
from sandbox.engine.delivery_faults import (
    DeliveryFaults,
    get_delivery_faults,
    put_delivery_faults,
)
from sandbox.engine.failures import Failures
from sandbox.engine.faults import Faults, refuse_unknown
from sandbox.engine.operations import count_operations
from sandbox.engine.render import render
from sandbox.engine.transactions import Transactions, account_of_key
from sandbox.errors import StripeError, invalid

_LONGEST_WAIT = 120.0
_SETTINGS = {"dunning"}
_AFTER_RETRIES = ("cancel", "unpaid", "past_due")
_PAYER = {"card", "email", "name", "country", "postal_code", "tax_id"}

Work = Callable[[Account, dict[str, Any], Request], Awaitable[Any]]


class Control:
    """The control routes."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        deliveries: Deliveries,
        faults: Faults,
        failures: Failures,
    ) -> None:
        self._transactions = transactions
        self._deliveries = deliveries
        self._faults = faults
        self._failures = failures

    def routes(self) -> list[Route]:
        """What the application serves."""
        return [
            self._route("GET", "/_control/clock", _show_clock),
            self._route("POST", "/_control/clock/advance", _advance),
            self._route("POST", "/_control/clock/freeze", _freeze),
            self._route("POST", "/_control/clock/release", _release),
            self._route("PUT", "/_control/webhook_endpoint", _put_endpoint),
            self._route("GET", "/_control/settings", _show_settings),
            self._route("PUT", "/_control/settings", _put_settings),
            self._route("POST", "/_control/checkout/{id}/complete", _complete_checkout),
            self._route("POST", "/_control/subscriptions/{id}/copies", _copy_subscription),
            self._route("GET", "/_control/faults", self._show_faults),
            self._route("POST", "/_control/faults", self._put_faults),
            self._route("DELETE", "/_control/faults", self._clear_faults),
            Route("/_control/deliveries", self.list_deliveries, methods=["GET"]),
            Route("/_control/failures", self.list_failures, methods=["GET"]),
            Route("/_control/operations", self.list_operations, methods=["GET"]),
        ]

    def _route(self, verb: str, path: str, work: Work) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                body = await _read_body(request)
                account_id = account_of_key(read_key(request))
                async with self._transactions.write(account_id, caller=Caller()) as account:
                    return JSONResponse(await work(account, body, request))
            except StripeError as refusal:
                return _refuse(refusal)
            except TypeError as problem:
                return _refuse(invalid(f"The body does not fit: {problem}"))

        return Route(path, endpoint, methods=[verb], name=work.__name__)

    async def list_deliveries(self, request: Request) -> Response:
        """`?state=pending`, `?wait=30`: answers when nothing is pending, or after the wait."""
        try:
            account = account_of_key(read_key(request))
            wait = _read_wait(request)
        except StripeError as refusal:
            return _refuse(refusal)
        is_done = await self._deliveries.wait_until_sent(account, seconds=wait)
        state = request.query_params.get("state")
        found = await self._deliveries.list_states(account, state=state)
        return JSONResponse({"all_delivered": is_done, "deliveries": found})

    async def _show_faults(
        self,
        account: Account,
        body: dict[str, Any],  # noqa: ARG002 # one signature
        request: Request,  # noqa: ARG002 # one signature
    ) -> Resource:
        """What goes wrong now."""
        deliveries = await get_delivery_faults(account)
        return {**self._faults.show(account.id), "deliveries": deliveries.to_json()}

    async def _put_faults(
        self, account: Account, body: dict[str, Any], request: Request
    ) -> Resource:
        """Replaces what goes wrong by `{"seed", "calls", "deliveries"}`."""
        refuse_unknown(body, {"seed", "calls", "deliveries"})
        seed = body.get("seed", 0)
        deliveries = DeliveryFaults.read(body.get("deliveries", {}), seed=seed)
        self._faults.put(account.id, body.get("calls", []), seed=seed)
        await put_delivery_faults(account, deliveries)
        return await self._show_faults(account, body, request)

    async def _clear_faults(
        self, account: Account, body: dict[str, Any], request: Request
    ) -> Resource:
        """Nothing goes wrong any more."""
        self._faults.clear(account.id)
        await put_delivery_faults(account, DeliveryFaults())
        return await self._show_faults(account, body, request)

    async def list_failures(self, request: Request) -> Response:  # noqa: ARG002 # Starlette's signature
        """What the sandbox itself did wrong, of all accounts."""
        return JSONResponse({"failures": self._failures.list()})

    async def list_operations(self, request: Request) -> Response:  # noqa: ARG002 # Starlette's signature
        """Which of Stripe's routes are here."""
        return JSONResponse(count_operations())


async def _read_body(request: Request) -> dict[str, Any]:
    raw = await request.body()
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except ValueError:
        raise invalid("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise invalid("The body is no JSON object.")
    return body


def _read_wait(request: Request) -> float:
    try:
        return min(float(request.query_params.get("wait", "0")), _LONGEST_WAIT)
    except ValueError:
        raise invalid("`wait` is a number of seconds.", param="wait") from None


def _refuse(refusal: StripeError) -> Response:
    return JSONResponse(refusal.render(), refusal.status)


async def _show_clock(account: Account, body: dict[str, Any], request: Request) -> Resource:  # noqa: ARG001 # one signature
    return await show_clock(account)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


async def _advance(account: Account, body: dict[str, Any], request: Request) -> Resource:  # noqa: ARG001 # one signature
    if body.keys() not in ({"seconds"}, {"to"}) or not all(map(_is_whole, body.values())):
        raise invalid('Give either {"seconds": N} or {"to": timestamp}, whole numbers.')
    to = body["to"] if "to" in body else account.now + body["seconds"]
    await advance(account, to=to)
    return await show_clock(account)


async def _freeze(account: Account, body: dict[str, Any], request: Request) -> Resource:  # noqa: ARG001 # one signature
    await freeze(account)
    return await show_clock(account)


async def _release(account: Account, body: dict[str, Any], request: Request) -> Resource:  # noqa: ARG001 # one signature
    await release(account)
    return await show_clock(account)


async def _put_endpoint(account: Account, body: dict[str, Any], request: Request) -> Resource:  # noqa: ARG001 # one signature
    """One endpoint for each URL: the same URL again replaces secret and events."""
    if not {"url", "secret"} <= body.keys():
        raise invalid("Both `url` and `secret` are needed.")
    events = body.get("enabled_events", ["*"])
    for old in await account.select("webhook_endpoint", where={"url": body["url"]}):
        old |= {"_secret": body["secret"], "enabled_events": events, "status": "enabled"}
        return _shown(old)
    params = {"url": body["url"], "enabled_events": events}
    return _shown(add_endpoint(account, params, secret=body["secret"]))


async def _show_settings(account: Account, body: dict[str, Any], request: Request) -> Resource:  # noqa: ARG001 # one signature
    return account.settings


async def _put_settings(account: Account, body: dict[str, Any], request: Request) -> Resource:  # noqa: ARG001 # one signature
    """`dunning`: {"retry_days": [3, 5, 7], "then": "cancel" | "unpaid" | "past_due"}."""
    if unknown := sorted(body.keys() - _SETTINGS):
        raise invalid(f"Unknown settings: {', '.join(unknown)}")
    _check_dunning(body.get("dunning", {}))
    account.settings |= body
    return account.settings


def _check_dunning(dunning: Any) -> None:
    if not isinstance(dunning, dict) or dunning.keys() - {"retry_days", "then"}:
        raise invalid("`dunning` takes `retry_days` and `then`.", param="dunning")
    if dunning.get("then", "cancel") not in _AFTER_RETRIES:
        raise invalid(f"`then` must be one of {', '.join(_AFTER_RETRIES)}.")
    days = dunning.get("retry_days", [])
    if not isinstance(days, list) or not all(_is_whole(day) and day > 0 for day in days):
        raise invalid("`retry_days` is a list of whole numbers of days.", param="dunning")


async def _complete_checkout(account: Account, body: dict[str, Any], request: Request) -> Resource:
    """What the page does: `card`, and `authenticate` for 3-D Secure, `promotion_code`, `quantity`.

    Raises:
        StripeError: as on the page; a declined card changes nothing.
    """
    session = await account.get("checkout.session", request.path_params["id"])
    if unknown := sorted(body.keys() - _PAYER - {"authenticate", "promotion_code", "quantity"}):
        raise invalid(f"Unknown keys: {', '.join(unknown)}")
    if "quantity" in body:
        await change_quantity(account, session, body["quantity"])
    if "promotion_code" in body:
        await apply_promotion_code(account, session, body["promotion_code"])
    payer = Payer(**{key: body[key] for key in _PAYER & body.keys()})
    if not await pay(account, session, payer) and "authenticate" in body:
        payer = authenticating_payer(session)
        if not body["authenticate"]:
            session["_authentication"] = None
            raise invalid("The payment was not authenticated.")
        await pay(account, session, payer, is_authenticated=True)
    return _shown(session)


async def _copy_subscription(account: Account, body: dict[str, Any], request: Request) -> Resource:
    """`{"count": N}`: the n-th copy of subscription and customer has `_n` behind its id."""
    subscription = await account.get("subscription", request.path_params["id"])
    count: Any = body.get("count")
    if not _is_whole(count) or not 1 <= count <= MOST:
        raise invalid(f"`count` is a whole number from 1 to {MOST}.", param="count")
    customer = subscription["customer"]
    await copy_subscription(account, subscription["id"], customer=customer, count=count)
    return {"subscription": subscription["id"], "customer": customer, "count": count}


def _shown(resource: Resource) -> Resource:
    shown: Resource = render(resource)
    return shown
