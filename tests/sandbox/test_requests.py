"""Every request is checked against the SDK's own types and refused in Stripe's words."""

from typing import Any

import httpx
import pytest
import stripe

from sandbox.billing import register_all
from sandbox.engine.operations import PAGE, list_operations
from sandbox.sdk.routes import list_routes
from tests.sandbox.worlds import Shop, World


async def _post(world: World, path: str, **form: str) -> tuple[int, dict[str, Any]]:
    answer = await world.http.post(path, data=form)
    return answer.status_code, answer.json()["error"]


def test_the_table_of_routes_is_read_from_the_sdk() -> None:
    routes = {(route.verb, route.path) for route in list_routes()}
    assert len(routes) > 500
    assert ("POST", "/v1/subscriptions/{subscription_exposed_id}") in routes
    assert ("POST", "/v1/invoices/create_preview") in routes


def test_what_the_sandbox_takes_is_what_the_sdk_sends() -> None:
    """A version of the SDK that renames a route or a parameter fails here and says which."""
    register_all()
    routes = {(route.verb, route.path): route for route in list_routes()}
    operations = list_operations()
    assert operations.keys() <= routes.keys()
    unknown = {
        route: names
        for route, operation in operations.items()
        if (names := operation.takes - PAGE - {"expand"} - routes[route].params.fields.keys())
    }
    assert unknown == {}


@pytest.mark.parametrize(
    ("path", "form", "code", "param"),
    [
        ("/v1/products", {"name": "P", "colour": "red"}, "parameter_unknown", "colour"),
        ("/v1/products", {}, "parameter_missing", "name"),
        ("/v1/products", {"name": ""}, "parameter_invalid_empty", "name"),
        ("/v1/customers", {"email": ""}, "parameter_invalid_empty", "email"),
        ("/v1/customers", {"balance": "12.5"}, "parameter_invalid_integer", "balance"),
        ("/v1/customers", {"address[town]": "X"}, "parameter_unknown", "address[town]"),
        ("/v1/products", {"name": "P", "active": "yes"}, None, "active"),
        ("/v1/products", {"name": "P", "type": "idea"}, None, "type"),
        ("/v1/customers", {"address": "somewhere"}, None, "address"),
        ("/v1/prices", {"currency": "usd", "unit_amount": "-1", "product": "x"},
         "parameter_invalid_integer", "unit_amount"),
        ("/v1/subscriptions", {"customer": "cus_none"}, "resource_missing", "customer"),
    ],
)  # fmt: skip
async def test_wrong_parameters_are_refused(
    world: World, path: str, form: dict[str, str], code: str | None, param: str
) -> None:
    status, error = await _post(world, path, **form)
    assert (status, error["type"]) == (400, "invalid_request_error")
    assert (error.get("code"), error["param"]) == (code, param)


async def test_a_wrong_choice_names_the_choices(world: World) -> None:
    _, error = await _post(world, "/v1/checkout/sessions", mode="subscribe")
    assert error["message"] == "Invalid mode: must be one of payment, setup or subscription"


async def test_what_does_not_exist_is_404_in_the_path_and_400_in_a_parameter(
    world: World, shop: Shop
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such customer: 'cus_x'") as in_path:
        await world.stripe.v1.customers.retrieve_async("cus_x")
    assert (in_path.value.http_status, in_path.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError) as in_parameter:
        await shop.subscribe("cus_x")
    assert (in_parameter.value.http_status, in_parameter.value.param) == (400, "customer")


async def test_an_unknown_url_is_answered_as_stripe_does(world: World) -> None:
    status, error = await _post(world, "/v1/seats")
    assert status == 404
    assert error["message"].startswith("Unrecognized request URL (POST: /v1/seats).")


async def test_what_stripe_has_and_the_sandbox_has_not_says_so(world: World) -> None:
    status, error = await _post(world, "/v1/quotes")
    assert (status, error["code"]) == (501, "sandbox_not_implemented")
    assert "POST /v1/quotes" in error["message"]


async def test_the_other_api_of_stripe_is_refused_in_words_that_its_sdk_reads(world: World) -> None:
    with pytest.raises(stripe.StripeError, match="GET /v2/core/events, nor anything of API v2"):
        await world.stripe.v2.core.events.list_async()


async def test_a_parameter_that_would_be_ignored_is_refused(shop: Shop) -> None:
    with pytest.raises(
        stripe.APIError, match="does not implement the parameter consent_collection"
    ):
        await shop.checkout(consent_collection={"promotions": "auto"})


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("", "You did not provide an API key."),
        ("Bearer sk_live_123456789012", "Invalid API Key provided: sk_live_********9012"),
        ("Bearer nonsense", "Invalid API Key provided: ****"),
    ],
)
async def test_only_secret_test_keys_are_taken(world: World, header: str, message: str) -> None:
    answer = await world.http.get("/v1/customers", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.json()["error"]["message"].startswith(message)


async def test_the_api_version_is_that_of_the_sdk(world: World) -> None:
    answer = await world.http.get("/v1/customers", headers={"Stripe-Version": "2020-08-27"})
    assert answer.status_code == 400
    assert stripe.api_version in answer.json()["error"]["message"]


async def test_accounts_do_not_see_each_other(world: World, shop: Shop) -> None:
    other = f"{world.key}_other"
    answer = await world.http.get(
        f"/v1/products/{shop.product}", headers={"Authorization": f"Bearer {other}"}
    )
    assert answer.status_code == 404
    answer = await world.http.get("/v1/products", headers={"Authorization": f"Bearer {other}"})
    assert answer.json()["data"] == []


async def test_the_key_may_be_the_user_of_basic(world: World) -> None:
    async with httpx.AsyncClient(base_url=world.url) as client:
        answer = await client.get("/v1/account", auth=(world.key, ""))
    assert answer.status_code == 200
    broken = await world.http.get("/v1/account", headers={"Authorization": "Basic !"})
    assert broken.status_code == 401


async def test_the_key_opens_an_account(world: World) -> None:
    account = await world.stripe.v1.accounts.retrieve_current_async()
    assert account.id.startswith("acct_")


async def test_an_empty_address_unsets_that_of_a_customer(world: World) -> None:
    client = world.stripe.v1.customers
    customer = await client.create_async({"email": "a@acme.test"})
    assert (await client.update_async(customer.id, {"email": ""})).email is None


@pytest.mark.parametrize(
    ("verb", "path", "form", "param"),
    [
        ("POST", "/v1/customers", {"name": "a\0b"}, "name"),
        ("POST", "/v1/customers", {"metadata[a\0]": "b"}, "metadata[a\0]"),
        ("GET", "/v1/customers?email=a%00b", None, "email"),
    ],
)
async def test_a_null_character_is_refused(
    world: World, verb: str, path: str, form: dict[str, str] | None, param: str
) -> None:
    answer = await world.http.request(verb, path, data=form)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["type"], error["param"]) == ("invalid_request_error", param)


@pytest.mark.parametrize(
    ("verb", "path", "body", "status"),
    [
        ("GET", "/v1/customers/a%00b", None, 404),
        ("GET", "/c/pay/a%00b", None, 400),
        ("GET", "/_control/deliveries?state=%00", None, 400),
        ("PUT", "/_control/webhook_endpoint", {"url": "http://x/\0", "secret": "x"}, 400),
    ],
)
async def test_a_null_character_is_no_fault_anywhere(
    world: World, verb: str, path: str, body: dict[str, str] | None, status: int
) -> None:
    answer = await world.http.request(verb, path, json=body)
    assert (answer.status_code, answer.json()["error"]["type"]) == (status, "invalid_request_error")
    assert (await world.control("GET", "/failures"))["failures"] == []


@pytest.mark.parametrize(
    "dunning", [[], {"then": "give up"}, {"retry_days": ["3"]}, {"retry_days": 3}, {"after": 1}]
)
async def test_settings_that_make_no_sense_are_refused(world: World, dunning: Any) -> None:
    answer = await world.try_control("PUT", "/settings", dunning=dunning)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")
