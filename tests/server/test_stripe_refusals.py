"""A refusal of Stripe's that lasts: clients learn that it does, operators what to do about it."""

from typing import Any

from structlog.testing import capture_logs

from services.global_ids import encode
from tests.services.billing_world import VISA, Payer, new_payer
from tests.stack import ServedStack

SELECT = """mutation ($id: ID!) {
  result: selectPlan(input: {organizationId: $id, plan: "PRO", interval: MONTHLY, seats: 5}) {
    billingSession { url } errors { ... on Error { code } } } }"""
PORTAL = """mutation ($id: ID!) {
  result: openBillingPortal(input: {organizationId: $id}) {
    billingSession { url } errors { ... on Error { code } } } }"""
QUOTE = """mutation ($id: ID!) {
  result: quoteChange(input: {organizationId: $id, seats: 9}) {
    quote { id } errors { ... on Error { code } } } }"""
CHANGE = """mutation ($id: ID!) {
  result: changePlan(input: {organizationId: $id, seats: 9}) {
    organization { id } errors { ... on Error { code } } } }"""
DELETE = """mutation ($id: ID!) {
  result: deleteOrganization(input: {organizationId: $id, name: "acme"}) {
    errors { ... on Error { code } } } }"""

OWNER = "owner-of-acme@example.com"
CHECKOUT, CUSTOMER = "POST /v1/checkout/sessions", "POST /v1/customers"


def refusal(route: str, message: str, *, status: int = 400, **error: str) -> dict[str, Any]:
    """A fault that Stripe has for each call, in its own words."""
    told = {"message": message, **error}
    return {"route": route, "status": status, "count": None, "error": told}


Case = tuple[str, dict[str, Any], str]
"""What is asked, how Stripe refuses it, and a part of what the operator is told to do."""

BUYING: dict[str, Case] = {
    "a restricted key": (
        SELECT,
        refusal(
            CUSTOMER,
            "The provided key 'rk_test_***' does not have the required permissions for this"
            " endpoint. Having the 'rak_customer_write' permission would allow this request.",
            status=403,
        ),
        "restricted key",
    ),
    "a key that has ended": (
        SELECT,
        refusal("*", "Expired API Key provided: sk_test_***", status=401),
        "set the key",
    ),
    "an account that is not activated": (
        SELECT,
        refusal(CHECKOUT, "Your account cannot currently make live charges."),
        "activate the account",
    ),
    "an account without a name": (
        SELECT,
        refusal(CHECKOUT, "In order to use Checkout, you must set an account or business name"),
        "give the account a name",
    ),
    "Stripe Tax is not set up": (
        SELECT,
        refusal(
            CHECKOUT,
            "You must have a valid head office address to enable automatic tax calculation in"
            " test mode.",
            param="automatic_tax",
        ),
        "set up Stripe Tax",
    ),
    "a price that is archived at Stripe": (
        SELECT,
        refusal(
            CHECKOUT,
            "The price specified is inactive. This field only accepts active prices.",
            param="line_items[0][price]",
        ),
        "catalog push",
    ),
    "a currency that the account cannot charge": (
        SELECT,
        refusal(CHECKOUT, "Invalid currency: usd.", param="currency"),
        "sell in currencies",
    ),
}
PAYING: dict[str, Case] = {
    "a portal that is not configured": (
        PORTAL,
        refusal(
            "POST /v1/billing_portal/sessions",
            "No configuration provided and your test mode default configuration has not been"
            " created. Provide a configuration or create your default by saving your customer"
            " portal settings in test mode.",
        ),
        "catalog push",
    ),
    "whatever else": (
        QUOTE,
        refusal("POST /v1/invoices/create_preview", "Nope.", code="parameter_unknown"),
        "look the request up",
    ),
    "a change": (
        CHANGE,
        refusal("POST /v1/subscriptions/*", "Not permitted.", status=403),
        "restricted key",
    ),
    "a deletion": (
        DELETE,
        refusal("DELETE /v1/subscriptions/*", "Not permitted.", status=403),
        "restricted key",
    ),
}


async def check(served: ServedStack, payer: Payer, case: Case) -> None:
    document, fault, remedy = case
    await served.fail(fault)
    with capture_logs() as lines:
        answer = await served.graphql(document, email=OWNER, id=encode("Organization", payer.id))

    [error] = answer["errors"]
    assert answer["data"] is None
    assert error["extensions"]["code"] == "BILLING_OUT_OF_ORDER"
    assert fault["error"]["message"] not in str(answer), "it may tell of the account or the key"
    [line] = [one for one in lines if one["event"] == "stripe.refused"]
    assert line["request_id"] == error["extensions"]["requestId"]
    assert line["why"] == fault["error"]["message"]
    assert remedy in line["remedy"]
    assert line["stripe_request"].startswith("req_")


async def test_what_was_sold_by_hand_at_an_unknown_price_is_not_sold_again(
    served: ServedStack,
) -> None:
    """It is ours, but not in the catalogue, and never was: a person has to say what it is."""
    payer = await new_payer(served)
    await served.graphql(SELECT, email=OWNER, id=encode("Organization", payer.id))
    [customer] = (await served.stripe("GET", "/v1/customers"))["data"]
    form = {"type": "card", "card[number]": VISA, "card[exp_month]": "12", "card[cvc]": "123"}
    card = await served.stripe("POST", "/v1/payment_methods", **form, **{"card[exp_year]": "2040"})
    path = f"/v1/payment_methods/{card['id']}/attach"
    await served.stripe("POST", path, customer=customer["id"])
    form = {"currency": "usd", "unit_amount": "999", "product": "seatwise_pro"}
    monthly = {"recurring[interval]": "month"}
    price = (await served.stripe("POST", "/v1/prices", **form, **monthly))["id"]
    form = {"customer": customer["id"], "default_payment_method": card["id"]}
    await served.stripe("POST", "/v1/subscriptions", **form, **{"items[0][price]": price})
    with capture_logs() as lines:
        document = SELECT.replace("seats: 5", "seats: 6")
        answer = await served.graphql(document, email=OWNER, id=encode("Organization", payer.id))
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "BILLING_OUT_OF_ORDER"
    told = [one for one in lines if one["event"] == "stripe.unknown_price"]
    assert error["extensions"]["requestId"] in {one["request_id"] for one in told}
    assert "catalogue" in told[0]["remedy"]


async def test_a_refusal_that_lasts(served: ServedStack) -> None:
    payer = await new_payer(served)
    for name, case in BUYING.items():
        print(name)  # noqa: T201 # shown where it fails
        await check(served, payer, case)
    await served.fail()
    await payer.buy()
    await served.settled()
    for name, case in PAYING.items():
        print(name)  # noqa: T201 # shown where it fails
        await check(served, payer, case)
    await served.fail()
    organization = encode("Organization", payer.id)
    mended = await served.graphql(DELETE, email=OWNER, id=organization)
    assert mended["data"]["result"]["errors"] is None
