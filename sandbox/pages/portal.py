"""The customer portal: subscription, payment method, invoices; as its configuration allows."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.billing.cancelling import end_subscription
from sandbox.billing.cards import find_card
from sandbox.billing.items import period_of
from sandbox.billing.payment_methods import add_card, attach
from sandbox.engine.account import Account, Resource
from sandbox.errors import StripeError, invalid
from sandbox.pages.common import Accounts, page, read_form, see_other

_KIND = "billing_portal.session"
_GONE = 410
_REFUSED = 402
_ENDED = ("canceled", "incomplete_expired")


class PortalPages:
    """The handlers and their routes."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def routes(self) -> list[Route]:
        """What the application serves."""
        base = "/p/session/{id}/{token}"
        return [
            Route(base, self.show, methods=["GET"]),
            Route(base, self.act, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """The page of the session's flow, or home with `?home`."""
        async with self._accounts.open(_KIND, request.path_params["id"]) as account:
            session = await _find(account, request)
            return await _show(account, session, is_home="home" in request.query_params)

    async def act(self, request: Request) -> Response:
        """Cancel, resume, or save a card: the button decides."""
        form = await read_form(request)
        async with self._accounts.open(_KIND, request.path_params["id"]) as account:
            session = await _find(account, request)
            if _is_over(account, session):
                return await _show(account, session, is_home=True)
            try:
                await _act(account, session, form)
            except StripeError as refusal:
                return await _show(
                    account, session, is_home=False, problem=str(refusal), status=_REFUSED
                )
            return see_other(_after(session))


async def _find(account: Account, request: Request) -> Resource:
    session = await account.get(_KIND, request.path_params["id"])
    if session["_token"] != request.path_params["token"]:
        raise HTTPException(404)
    return session


def _is_over(account: Account, session: Resource) -> bool:
    return bool(session["_expires_at"] <= account.now)


def _after(session: Resource) -> str:
    """A flow ends where its `after_completion` says; home otherwise."""
    completion = (session["flow"] or {}).get("after_completion", {})
    if redirect := completion.get("redirect"):
        return str(redirect["return_url"])
    return f"{session['url']}?home"


async def _act(account: Account, session: Resource, form: dict[str, str]) -> None:
    configuration = await account.get("billing_portal.configuration", session["configuration"])
    features = configuration["features"]
    action = form.get("action", "")
    if action == "save_card":
        _require(features, "payment_method_update")
        await save_card(account, session["customer"], card=form.get("card", ""))
        return
    subscription = await account.get("subscription", form.get("subscription", ""))
    if subscription["customer"] != session["customer"]:
        raise HTTPException(404)
    _require(features, "subscription_cancel")
    if action == "cancel":
        await _cancel(account, subscription, features["subscription_cancel"], form)
    elif action == "resume":
        _resume(account, subscription)
    else:
        raise HTTPException(404)


def _require(features: Resource, name: str) -> None:
    if not features[name]["enabled"]:
        raise invalid("This portal does not offer that.")


async def save_card(account: Account, customer_id: str, *, card: str) -> None:
    """A new default card, for the customer and for the living subscriptions.

    Raises:
        StripeError: the card cannot be saved.
    """
    method = add_card(account, find_card(card))
    method["_is_set_up"] = True
    await attach(account, method["id"], customer=customer_id)
    customer = await account.get("customer", customer_id)
    customer["invoice_settings"]["default_payment_method"] = method["id"]
    account.emit("customer.updated", customer)
    for subscription in await account.select("subscription", customer=customer_id):
        if subscription["status"] not in _ENDED:
            subscription["default_payment_method"] = method["id"]
            account.emit("customer.subscription.updated", subscription)


async def _cancel(
    account: Account, subscription: Resource, feature: Resource, form: dict[str, str]
) -> None:
    """Under flexible billing the portal sets `cancel_at` and leaves `cancel_at_period_end`."""
    if subscription["schedule"]:
        raise invalid("This subscription is managed by a schedule and cannot be cancelled here.")
    subscription["cancellation_details"] |= {
        "comment": form.get("comment") or None,
        "feedback": form.get("feedback") or None,
        "reason": "cancellation_requested",
    }
    if feature["mode"] == "immediately":
        await end_subscription(account, subscription, reason="cancellation_requested")
        return
    subscription["cancel_at"] = period_of(subscription).end
    subscription["canceled_at"] = account.now
    account.emit("customer.subscription.updated", subscription)


def _resume(account: Account, subscription: Resource) -> None:
    if subscription["status"] in _ENDED:
        raise invalid("This subscription has ended.")
    subscription |= {"cancel_at": None, "cancel_at_period_end": False, "canceled_at": None}
    subscription["cancellation_details"]["reason"] = None
    account.emit("customer.subscription.updated", subscription)


async def _show(
    account: Account,
    session: Resource,
    *,
    is_home: bool,
    problem: str | None = None,
    status: int = 200,
) -> Response:
    if _is_over(account, session):
        return page(
            "message.html",
            status=_GONE,
            title="This link has expired",
            text="Portal links are short-lived. Please open the portal again.",
            link=session["return_url"],
        )
    configuration = await account.get("billing_portal.configuration", session["configuration"])
    customer = await account.get("customer", session["customer"])
    flow = None if is_home else session["flow"]
    return page(
        "portal.html",
        status=status,
        leads_to=[_after(session)],
        session=session,
        customer=customer,
        features=configuration["features"],
        headline=configuration["business_profile"]["headline"],
        flow=flow["type"] if flow else None,
        subscriptions=await _subscriptions(account, session, flow),
        method=await _method(account, customer),
        invoices=await account.select("invoice", customer=customer["id"], limit=24),
        problem=problem,
    )


async def _subscriptions(
    account: Account, session: Resource, flow: Resource | None
) -> list[Resource]:
    found = await account.select("subscription", customer=session["customer"])
    only = ((flow or {}).get("subscription_cancel") or {}).get("subscription")
    chosen = [s for s in found if s["status"] != "incomplete_expired" and only in (None, s["id"])]
    return [await _describe(account, subscription) for subscription in chosen]


async def _describe(account: Account, subscription: Resource) -> Resource:
    item = subscription["items"]["data"][0]
    product = await account.get("product", item["price"]["product"])
    return {**subscription, "item": item, "plan_name": product["name"]}


async def _method(account: Account, customer: Resource) -> Resource | None:
    """The subscription's card, or else the customer's."""
    for subscription in await account.select("subscription", customer=customer["id"]):
        if subscription["default_payment_method"]:
            return await account.find(subscription["default_payment_method"])
    return await account.find(customer["invoice_settings"]["default_payment_method"])
