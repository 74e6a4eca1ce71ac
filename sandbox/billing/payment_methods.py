"""Payment methods, cards only: https://docs.stripe.com/api/payment_methods."""

from sandbox.billing.cards import DECLINE_MESSAGES, TestCard, card_of_token, find_card
from sandbox.billing.values import NO_ADDRESS, fill_address, merge_metadata, update_fields
from sandbox.engine.account import Account, Resource
from sandbox.engine.listing import list_page
from sandbox.engine.operations import PAGE, operation
from sandbox.errors import declined, invalid, missing_resource, not_in_sandbox

_LAST_MONTH = 12


@operation("POST", "/v1/payment_methods", takes={"billing_details", "card", "metadata", "type"})
async def _create_payment_method(account: Account, params: Resource) -> Resource:
    if params.get("type") != "card" or "card" not in params:
        raise not_in_sandbox("payment methods other than cards")
    wanted = params["card"]
    card = card_of_token(wanted.get("token", "")) or find_card(wanted.get("number", ""))
    month, year = wanted.get("exp_month", 12), wanted.get("exp_year", 2034)
    if not 1 <= month <= _LAST_MONTH:
        raise invalid(
            "Your card's expiration month is invalid.",
            param="card[exp_month]",
            code="invalid_expiry_month",
        )
    method = add_card(account, card, exp_month=month, exp_year=year)
    method["billing_details"] |= params.get("billing_details", {})
    method["metadata"] = merge_metadata({}, params.get("metadata", {}))
    return method


def add_card(
    account: Account, card: TestCard, *, exp_month: int = 12, exp_year: int = 2034
) -> Resource:
    """A payment method that belongs to nobody yet."""
    return account.add(
        "payment_method",
        {
            "_number": card.number,
            "_is_set_up": False,
            "allow_redisplay": "unspecified",
            "billing_details": {
                "address": dict(NO_ADDRESS),
                "email": None,
                "name": None,
                "phone": None,
                "tax_id": None,
            },
            "card": _describe_card(card, exp_month=exp_month, exp_year=exp_year),
            "customer": None,
            "metadata": {},
            "type": "card",
        },
    )


def _describe_card(card: TestCard, *, exp_month: int, exp_year: int) -> Resource:
    return {
        "brand": card.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "pass",
        },
        "country": card.country,
        "display_brand": card.brand,
        "exp_month": exp_month,
        "exp_year": exp_year,
        "fingerprint": f"sandbox{card.number[-8:]}",
        "funding": "credit",
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def card_of(method: Resource) -> TestCard:
    """The test card that a payment method stands for."""
    return find_card(method["_number"])


async def find_method(account: Account, name: str, *, param: str) -> Resource:
    """A payment method by its id, or a new one for a token such as `pm_card_visa`."""
    if card := card_of_token(name):
        return add_card(account, card)
    found = await account.find(name)
    if found is None or found["object"] != "payment_method":
        raise missing_resource("PaymentMethod", name, param=param)
    return found


async def attach(
    account: Account, name: str, *, customer: str, param: str = "payment_method"
) -> Resource:
    """Saves a payment method with a customer.

    Raises:
        StripeError: the card cannot be saved, or belongs to another customer.
    """
    method = await find_method(account, name, param=param)
    if method["customer"] not in (None, customer):
        raise invalid(
            "The payment method you provided has already been attached to a customer.", param=param
        )
    card = card_of(method)
    if card.declines and not card.attaches:
        raise declined(DECLINE_MESSAGES[card.declines], decline_code=card.declines)
    if method["customer"] is None:
        method["customer"] = customer
        account.emit("payment_method.attached", method)
    return method


@operation("POST", "/v1/payment_methods/{payment_method}/attach", takes={"customer"})
async def _attach_payment_method(
    account: Account, params: Resource, payment_method: str
) -> Resource:
    if "customer" not in params:
        raise not_in_sandbox("attaching to anything but a customer")
    customer = await account.get("customer", params["customer"], param="customer")
    return await attach(account, payment_method, customer=customer["id"], param="id")


@operation("POST", "/v1/payment_methods/{payment_method}/detach")
async def _detach_payment_method(
    account: Account,
    params: Resource,  # noqa: ARG001 # it has none
    payment_method: str,
) -> Resource:
    method = await account.get("payment_method", payment_method)
    customer = await account.find(method["customer"])
    if customer and not customer.get("deleted"):
        settings = customer["invoice_settings"]
        if settings["default_payment_method"] == method["id"]:
            settings["default_payment_method"] = None
    for subscription in await account.select("subscription", customer=method["customer"]):
        if subscription["default_payment_method"] == method["id"]:
            subscription["default_payment_method"] = None
    method["customer"] = None
    account.emit("payment_method.detached", method)
    return method


@operation("GET", "/v1/payment_methods/{payment_method}")
async def _retrieve_payment_method(
    account: Account,
    params: Resource,  # noqa: ARG001 # none beside expand
    payment_method: str,
) -> Resource:
    return await account.get("payment_method", payment_method)


@operation(
    "POST",
    "/v1/payment_methods/{payment_method}",
    takes={"allow_redisplay", "billing_details", "card", "metadata"},
)
async def _update_payment_method(
    account: Account, params: Resource, payment_method: str
) -> Resource:
    method = await account.get("payment_method", payment_method)
    update_fields(method, params, ("allow_redisplay",))
    if details := params.get("billing_details"):
        method["billing_details"] |= details
        if "address" in details:
            method["billing_details"]["address"] = fill_address(details["address"])
    for name in ("exp_month", "exp_year"):
        if name in params.get("card", {}):
            method["card"][name] = params["card"][name]
    account.emit("payment_method.updated", method)
    return method


@operation("GET", "/v1/payment_methods", takes=PAGE | {"customer", "type"})
async def _list_payment_methods(account: Account, params: Resource) -> Resource:
    if "customer" not in params:
        raise not_in_sandbox("listing payment methods without a customer")
    return await list_page(account, "payment_method", params, url="/v1/payment_methods")


@operation("GET", "/v1/customers/{customer}/payment_methods", takes=PAGE | {"type"})
async def _list_methods_of_customer(account: Account, params: Resource, customer: str) -> Resource:
    await account.get("customer", customer)
    wanted = {**params, "customer": customer}
    url = f"/v1/customers/{customer}/payment_methods"
    return await list_page(account, "payment_method", wanted, url=url)
