"""Customers: https://docs.stripe.com/api/customers."""

import re
from typing import Any

from sandbox.billing.cancelling import end_subscription
from sandbox.billing.payment_methods import attach
from sandbox.billing.tax_ids import add_tax_id
from sandbox.billing.values import fill_address, unset_if_empty, update_fields
from sandbox.engine.account import Account, Resource
from sandbox.engine.expand import include
from sandbox.engine.ids import random_upper
from sandbox.engine.listing import list_page, make_list
from sandbox.engine.operations import PAGE, operation
from sandbox.errors import invalid, missing_resource

_FIELDS = (
    "balance", "business_name", "description", "email", "individual_name", "invoice_prefix",
    "name", "next_invoice_sequence", "phone", "preferred_locales", "tax_exempt",
)  # fmt: skip
_UPDATES = {*_FIELDS, "address", "invoice_settings", "metadata", "shipping"}
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+$")


@operation("POST", "/v1/customers", takes=_UPDATES | {"payment_method", "tax_id_data"})
async def create_customer(account: Account, params: Resource) -> Resource:
    """A customer, also for a checkout that has none."""
    customer = account.add("customer", _new_customer())
    await _apply(account, customer, params)
    if method := params.get("payment_method"):
        await attach(account, method, customer=customer["id"])
    for wanted in params.get("tax_id_data", []):
        add_tax_id(account, customer, wanted)
    account.emit("customer.created", customer)
    return customer


def _new_customer() -> Resource:
    return {
        "address": None,
        "balance": 0,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": random_upper(8),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }


async def _apply(account: Account, customer: Resource, params: Resource) -> None:
    if params.get("email") and not _EMAIL.match(params["email"]):
        raise invalid(
            f"Invalid email address: {params['email']}", param="email", code="email_invalid"
        )
    update_fields(customer, params, _FIELDS)
    customer["tax_exempt"] = customer["tax_exempt"] or "none"
    if "address" in params:
        customer["address"] = fill_address(params["address"])
    if "shipping" in params:
        customer["shipping"] = unset_if_empty(params["shipping"])
    if settings := params.get("invoice_settings"):
        await _apply_invoice_settings(account, customer, settings)


async def _apply_invoice_settings(account: Account, customer: Resource, wanted: Resource) -> None:
    if method := wanted.get("default_payment_method"):
        name = "invoice_settings[default_payment_method]"
        found = await account.get("payment_method", method, param=name)
        if found["customer"] != customer["id"]:
            raise invalid(
                f"The customer does not have a payment method with the ID {method}. The payment "
                "method must be attached to the customer.",
                param=name,
                code="resource_missing",
            )
    settings = {key: unset_if_empty(value) for key, value in wanted.items()}
    customer["invoice_settings"] = {**customer["invoice_settings"], **settings}


@operation("GET", "/v1/customers/{customer}")
async def retrieve_customer(account: Account, params: Resource, customer: str) -> Resource:  # noqa: ARG001 # none beside expand
    """A deleted customer is still found, as a stone that says so."""
    found = await account.find(customer)
    if found is None or found["object"] != "customer":
        raise missing_resource("customer", customer)
    return found


@operation("POST", "/v1/customers/{customer}", takes=_UPDATES)
async def _update_customer(account: Account, params: Resource, customer: str) -> Resource:
    found = await account.get("customer", customer)
    await _apply(account, found, params)
    account.emit("customer.updated", found)
    return found


@operation("DELETE", "/v1/customers/{customer}")
async def delete_customer(account: Account, params: Resource, customer: str) -> Resource:  # noqa: ARG001 # it has none
    """Ends every subscription at once, then leaves a stone."""
    found = await account.get("customer", customer)
    for subscription in await account.select("subscription", customer=customer):
        if subscription["status"] not in ("canceled", "incomplete_expired"):
            await end_subscription(account, subscription, reason="cancellation_requested")
    account.emit("customer.deleted", found)
    return account.bury(found)


@operation("GET", "/v1/customers", takes=PAGE | {"email"})
async def _list_customers(account: Account, params: Resource) -> Resource:
    where = {"email": params["email"]} if "email" in params else None
    return await list_page(account, "customer", params, url="/v1/customers", where=where)


@include("customer", "subscriptions")
async def list_living_subscriptions(account: Account, customer: Resource) -> Any:
    """What `expand=subscriptions` shows: those that are not over."""
    found = await account.select("subscription", customer=customer["id"])
    living = [s for s in found if s["status"] not in ("canceled", "incomplete_expired")]
    return make_list(living, url=f"/v1/customers/{customer['id']}/subscriptions")
