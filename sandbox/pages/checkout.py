"""The checkout page and its 3-D Secure step."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.billing.checkout_paying import (
    Payer,
    apply_promotion_code,
    authenticating_payer,
    change_quantity,
    pay,
    remove_promotion_code,
)
from sandbox.billing.checkout_totals import is_trial
from sandbox.engine.account import Account, Resource
from sandbox.errors import StripeError, invalid
from sandbox.pages.common import Accounts, page, read_form, see_other
from sandbox.pages.countries import COUNTRIES

_PAYMENT_REQUIRED = 402
_NOT_FOUND = 404
_KIND = "checkout.session"
_MONTH_AND_YEAR = 2


class CheckoutPages:
    """The handlers and their routes."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def routes(self) -> list[Route]:
        """What the application serves."""
        return [
            Route("/c/pay/{id}", self.show, methods=["GET"]),
            Route("/c/pay/{id}", self.act, methods=["POST"]),
            Route("/c/pay/{id}/3ds", self.show_authentication, methods=["GET"]),
            Route("/c/pay/{id}/3ds", self.authenticate, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """The page in the state of the session."""
        session_id = request.path_params["id"]
        async with self._accounts.open(_KIND, session_id) as account:
            session = await account.get(_KIND, session_id)
            return await _show(account, session)

    async def act(self, request: Request) -> Response:
        """Pay, apply or remove a code, change the quantity: the button decides."""
        form = await read_form(request)
        session_id = request.path_params["id"]
        try:
            async with self._accounts.open(_KIND, session_id) as account:
                session = await account.get(_KIND, session_id)
                if session["status"] != "open":
                    return await _show(account, session)
                return await _act(account, session, form)
        except StripeError as refusal:
            return await self._show_refusal(session_id, refusal, form)

    async def show_authentication(self, request: Request) -> Response:
        """The bank asks."""
        session_id = request.path_params["id"]
        async with self._accounts.open(_KIND, session_id) as account:
            session = await account.get(_KIND, session_id)
            if session["status"] != "open" or session["_authentication"] is None:
                return see_other(f"/c/pay/{session_id}")
            leads_to = [session["success_url"], session["cancel_url"]]
            return page(
                "three_d_secure.html",
                leads_to=leads_to,
                amount=session["amount_total"],
                currency=session["currency"],
            )

    async def authenticate(self, request: Request) -> Response:
        """The customer passed, or did not."""
        form = await read_form(request)
        session_id = request.path_params["id"]
        try:
            async with self._accounts.open(_KIND, session_id) as account:
                session = await account.get(_KIND, session_id)
                payer = authenticating_payer(session)
                if form.get("action") != "complete":
                    session["_authentication"] = None
                    return await _show(account, session, problem=_NOT_AUTHENTICATED, status=402)
                await pay(account, session, payer, is_authenticated=True)
                return see_other(_success_url(session))
        except StripeError as refusal:
            return await self._show_refusal(session_id, refusal, {})

    async def _show_refusal(
        self, session_id: str, refusal: StripeError, form: dict[str, str]
    ) -> Response:
        async with self._accounts.open(_KIND, session_id) as account:
            session = await account.get(_KIND, session_id)
            return await _show(
                account, session, problem=str(refusal), form=form, status=_PAYMENT_REQUIRED
            )


_NOT_AUTHENTICATED = (
    "We are unable to authenticate your payment method. Please choose a different payment method "
    "and try again."
)


async def _act(account: Account, session: Resource, form: dict[str, str]) -> Response:
    action = form.get("action", "pay")
    if action == "apply":
        await apply_promotion_code(account, session, form.get("promotion_code", ""))
    elif action == "remove":
        await remove_promotion_code(account, session)
    elif action == "quantity":
        await change_quantity(account, session, _read_number(form.get("quantity", "")))
    elif await pay(account, session, _read_payer(form)):
        return see_other(_success_url(session))
    else:
        return see_other(f"/c/pay/{session['id']}/3ds")
    return await _show(account, session, form=form)


def _read_number(text: str) -> int:
    if not text.isdecimal():
        raise invalid("Please enter a whole number.")
    return int(text)


def _read_payer(form: dict[str, str]) -> Payer:
    month, year = _read_expiry(form.get("expiry", ""))
    return Payer(
        card=form.get("card", ""),
        exp_month=month,
        exp_year=year,
        email=form.get("email", ""),
        name=form.get("name", ""),
        country=form.get("country", ""),
        postal_code=form.get("postal_code", ""),
        tax_id=form.get("tax_id", ""),
    )


def _read_expiry(text: str) -> tuple[int, int]:
    """`12 / 34`; left out, as scripts do, the card is good for long."""
    if not text:
        return 12, 2034
    parts = [part.strip() for part in text.split("/")]
    if len(parts) != _MONTH_AND_YEAR or not all(part.isdecimal() for part in parts):
        raise invalid("Your card's expiration date is incomplete.")
    month, year = int(parts[0]), 2000 + int(parts[1]) % 100
    if not 1 <= month <= 12:  # noqa: PLR2004 # months
        raise invalid("Your card's expiration month is invalid.")
    return month, year


def _success_url(session: Resource) -> str:
    url: str = session["success_url"]
    return url.replace("{CHECKOUT_SESSION_ID}", session["id"])


async def _show(
    account: Account,
    session: Resource,
    *,
    problem: str | None = None,
    form: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    if session["status"] != "open":
        return _show_closed(session)
    customer = await account.find(session["customer"])
    if customer is not None and customer.get("deleted"):
        return _show_orphan(session)
    code = None
    if session["discounts"] and session["discounts"][0]["promotion_code"]:
        code = await account.find(session["discounts"][0]["promotion_code"])
    return page(
        "checkout.html",
        status=status,
        leads_to=[session["success_url"], session["cancel_url"]],
        session=session,
        items=session["line_items"]["data"],
        customer=customer,
        code=code,
        is_trial=is_trial(session),
        trial_days=session["_subscription_data"].get("trial_period_days"),
        needs_card=not is_trial(session) or session["payment_method_collection"] == "always",
        problem=problem,
        form=form or {},
        countries=COUNTRIES,
    )


def _show_closed(session: Resource) -> Response:
    if session["status"] == "complete":
        title, text = "You have already paid", "This checkout is complete. Nothing is left to do."
        link = _success_url(session)
    else:
        title, text = "This checkout has expired", "Nothing was charged. Please start again."
        link = session["cancel_url"]
    return page("message.html", title=title, text=text, link=link)


def _show_orphan(session: Resource) -> Response:
    text = "Its customer was deleted, so nobody can be charged. Please start again."
    title, link = "This checkout cannot be completed", session["cancel_url"]
    return page("message.html", title=title, text=text, link=link, status=_NOT_FOUND)
