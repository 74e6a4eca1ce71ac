"""The customer portal: subscription, payment method, invoices; as its configuration allows."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.billing.portal_actions import (
    cancel,
    require_feature,
    resume,
    save_card,
    save_details,
)
from sandbox.engine.account import Account, Resource
from sandbox.errors import StripeError
from sandbox.pages.common import Accounts, page, read_form, see_other
from sandbox.pages.countries import COUNTRIES

_KIND = "billing_portal.session"
_GONE = 410
_REFUSED = 402


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
    features, action = configuration["features"], form.get("action", "")
    if action == "save_card":
        require_feature(features, "payment_method_update")
        await save_card(account, session["customer"], card=form.get("card", ""))
    elif action == "save_details":
        require_feature(features, "customer_update")
        await save_details(account, session["customer"], features["customer_update"], form)
    else:
        require_feature(features, "subscription_cancel")
        subscription = await _own_subscription(account, session, form)
        await _end_or_resume(account, subscription, features["subscription_cancel"], form)


async def _own_subscription(account: Account, session: Resource, form: dict[str, str]) -> Resource:
    subscription = await account.get("subscription", form.get("subscription", ""))
    if subscription["customer"] != session["customer"]:
        raise HTTPException(404)
    return subscription


async def _end_or_resume(
    account: Account, subscription: Resource, feature: Resource, form: dict[str, str]
) -> None:
    if form.get("action") == "cancel":
        await cancel(account, subscription, feature, form)
    elif form.get("action") == "resume":
        resume(account, subscription)
    else:
        raise HTTPException(404)


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
        countries=COUNTRIES,
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
