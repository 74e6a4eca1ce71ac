"""How a checkout ends well: the page and `POST /_control/checkout/{id}/complete` both come here."""

from dataclasses import dataclass

from sandbox.billing.cards import DECLINE_MESSAGES, TestCard, find_card
from sandbox.billing.checkout_totals import is_trial, set_totals
from sandbox.billing.coupons import find_active_code, is_redeemable
from sandbox.billing.customers import create_customer
from sandbox.billing.items import read_quantity
from sandbox.billing.payment_methods import add_card, attach
from sandbox.billing.periods import DAY
from sandbox.billing.starting import Order, build_subscription, start
from sandbox.billing.subscriptions import missing_method_of
from sandbox.billing.tax_ids import collect_tax_id, tax_ids_of
from sandbox.billing.values import NO_ADDRESS
from sandbox.engine.account import Account, Resource
from sandbox.errors import StripeError, declined, invalid


@dataclass(frozen=True, kw_only=True)
class Payer:
    """What the customer typed. Without a card only a trial that asks for none can begin."""

    card: str = ""
    exp_month: int = 12
    exp_year: int = 2034
    email: str = ""
    name: str = ""
    country: str = ""
    postal_code: str = ""
    tax_id: str = ""


def check_open(session: Resource) -> None:
    """Only an open session can be changed or paid.

    Raises:
        StripeError: it is complete or expired.
    """
    if session["status"] != "open":
        raise invalid(f"This Checkout Session is {session['status']}.")


async def apply_promotion_code(account: Account, session: Resource, code: str) -> None:
    """Takes the code's discount off.

    Raises:
        StripeError: nobody may enter codes here, or this one cannot be redeemed.
    """
    check_open(session)
    if not session["allow_promotion_codes"]:
        raise invalid("This checkout takes no promotion codes.")
    found = await find_active_code(account, code, customer=session["customer"])
    if found is None or not await is_redeemable(account, found, customer=session["customer"]):
        raise invalid("This code is invalid.", param="promotion_code")
    session["discounts"] = [{"coupon": found["promotion"]["coupon"], "promotion_code": found["id"]}]
    await set_totals(account, session)


async def remove_promotion_code(account: Account, session: Resource) -> None:
    """Puts the discount back."""
    check_open(session)
    session["discounts"] = []
    await set_totals(account, session)


async def change_quantity(account: Account, session: Resource, quantity: int) -> None:
    """Changes the first item, within what `adjustable_quantity` allows.

    Raises:
        StripeError: the quantity may not change, or not to this.
    """
    check_open(session)
    item = session["line_items"]["data"][0]
    limits = item["adjustable_quantity"]
    if limits is None:
        raise invalid("The quantity cannot be changed here.")
    if not limits["minimum"] <= quantity <= limits["maximum"]:
        raise invalid(f"The quantity must be between {limits['minimum']} and {limits['maximum']}.")
    item["quantity"] = read_quantity({"quantity": quantity})
    await set_totals(account, session)


async def pay(
    account: Account, session: Resource, payer: Payer, *, is_authenticated: bool = False
) -> bool:
    """Completes the session. False: the card asks for 3-D Secure first, and nothing has happened.

    Raises:
        StripeError: the card is declined, or something is missing. Nothing has changed then.
    """
    check_open(session)
    card = _read_card(session, payer)
    if card and card.authentication != "never" and not is_authenticated:
        session["_authentication"] = vars(payer)
        return False
    customer = await _customer_of(account, session, payer)
    await set_totals(account, session)
    method = await _save_card(account, customer, payer, card) if card else None
    subscription = await _subscribe(account, session, customer, method)
    await start(account, subscription, method=method, is_authenticated=is_authenticated)
    await _complete(account, session, customer, subscription)
    return True


def _read_card(session: Resource, payer: Payer) -> TestCard | None:
    """The card, refused as it would be when charged."""
    if not payer.card and is_trial(session):
        if session["payment_method_collection"] == "if_required":
            return None
        raise invalid("Your card number is incomplete.", param="card")
    card = find_card(payer.card)
    if card.declines and not (is_trial(session) and card.attaches):
        refusal = declined(DECLINE_MESSAGES[card.declines], decline_code=card.declines)
        refusal.keeps_changes = False
        raise refusal
    return card


async def _customer_of(account: Account, session: Resource, payer: Payer) -> Resource:
    """The session's customer, brought up to date with what was typed; a new one if it has none."""
    address = {**NO_ADDRESS, "country": payer.country, "postal_code": payer.postal_code or None}
    if session["customer"]:
        customer = await account.get("customer", session["customer"])
    else:
        email = payer.email or session["customer_email"]
        params = {"email": email, "name": payer.name} if email else {"name": payer.name}
        customer = await create_customer(account, params)
        session["customer"] = customer["id"]
    may = session["_customer_update"]
    if payer.country and (customer["address"] is None or may.get("address") == "auto"):
        customer["address"] = address
    if payer.name and (not customer["name"] or may.get("name") == "auto"):
        customer["name"] = payer.name
    if session["tax_id_collection"]["enabled"] and payer.tax_id:
        collect_tax_id(account, customer, payer.tax_id)
    _require_country(session, customer)
    account.emit("customer.updated", customer)
    return customer


def _require_country(session: Resource, customer: Resource) -> None:
    has_country = bool((customer["address"] or {}).get("country"))
    if session["automatic_tax"]["enabled"] and not has_country:
        raise invalid("Please choose your country.", param="country")


async def _save_card(
    account: Account, customer: Resource, payer: Payer, card: TestCard
) -> Resource:
    method = add_card(account, card, exp_month=payer.exp_month, exp_year=payer.exp_year)
    method["billing_details"] |= {
        "address": customer["address"] or dict(NO_ADDRESS),
        "email": payer.email or customer["email"],
        "name": payer.name or customer["name"],
    }
    return await attach(account, method["id"], customer=customer["id"])


async def _subscribe(
    account: Account, session: Resource, customer: Resource, method: Resource | None
) -> Resource:
    data = session["_subscription_data"]
    days = data.get("trial_period_days")
    order = Order(
        customer=customer,
        items=[
            {"price": item["price"]["id"], "quantity": item["quantity"]}
            for item in session["line_items"]["data"]
        ],
        currency=session["currency"],
        metadata=data.get("metadata") or {},
        description=data.get("description"),
        collects_tax=session["automatic_tax"]["enabled"],
        trial_end=account.now + days * DAY if days else data.get("trial_end"),
        missing_method=missing_method_of(data),
        default_payment_method=method["id"] if method else None,
        discounts=[(e["coupon"], e["promotion_code"]) for e in session["discounts"]],
    )
    return await build_subscription(account, order)


async def _complete(
    account: Account, session: Resource, customer: Resource, subscription: Resource
) -> None:
    is_free = session["amount_total"] == 0
    session |= {
        "_authentication": None,
        "customer_details": {
            "address": customer["address"],
            "business_name": None,
            "email": customer["email"],
            "individual_name": None,
            "name": customer["name"],
            "phone": customer["phone"],
            "tax_exempt": customer["tax_exempt"],
            "tax_ids": [
                {"type": tax_id["type"], "value": tax_id["value"]}
                for tax_id in await tax_ids_of(account, customer["id"])
            ],
        },
        "invoice": subscription["latest_invoice"],
        "payment_status": "no_payment_required" if is_free and is_trial(session) else "paid",
        "status": "complete",
        "subscription": subscription["id"],
        "url": None,
    }
    account.emit("checkout.session.completed", session)


def authenticating_payer(session: Resource) -> Payer:
    """Who is in the 3-D Secure page of this session.

    Raises:
        StripeError: nobody is.
    """
    if session["_authentication"] is None:
        raise StripeError("No payment of this session waits for 3-D Secure.", status=404)
    return Payer(**session["_authentication"])
