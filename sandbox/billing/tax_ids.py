"""The tax ids of customers: https://docs.stripe.com/api/tax_ids."""

from typing import Any

from sandbox.engine.account import Account, Resource
from sandbox.engine.expand import include
from sandbox.engine.listing import list_page, make_list
from sandbox.engine.operations import PAGE, operation


@include("customer", "tax_ids")
async def _show_tax_ids(account: Account, customer: Resource) -> Any:
    return make_list(await tax_ids_of(account, customer["id"]), url=_tax_ids_url(customer["id"]))


@operation("POST", "/v1/customers/{customer}/tax_ids", takes={"type", "value"})
async def _create_tax_id(account: Account, params: Resource, customer: str) -> Resource:
    tax_id = add_tax_id(account, await account.get("customer", customer), params)
    account.emit("customer.tax_id.created", tax_id)
    return tax_id


@operation("GET", "/v1/customers/{customer}/tax_ids", takes=PAGE)
async def _list_tax_ids(account: Account, params: Resource, customer: str) -> Resource:
    await account.get("customer", customer)
    wanted = {**params, "customer": customer}
    return await list_page(account, "tax_id", wanted, url=_tax_ids_url(customer))


@operation("DELETE", "/v1/customers/{customer}/tax_ids/{id}")
async def _delete_tax_id(account: Account, params: Resource, customer: str, key: str) -> Resource:  # noqa: ARG001 # it has none
    await account.get("customer", customer)
    tax_id = await account.get("tax_id", key)
    account.emit("customer.tax_id.deleted", tax_id)
    await account.remove(tax_id)
    return {"id": key, "object": "tax_id", "deleted": True}


async def tax_ids_of(account: Account, customer: str) -> list[Resource]:
    """The customer's tax ids, oldest first."""
    return (await account.select("tax_id", customer=customer))[::-1]


def add_tax_id(account: Account, customer: Resource, wanted: Resource) -> Resource:
    """A tax id from its parameters; no event is made."""
    return account.add(
        "tax_id",
        {
            "country": wanted["value"][:2].upper() if wanted["type"] == "eu_vat" else None,
            "customer": customer["id"],
            "owner": {"type": "customer", "customer": customer["id"]},
            "type": wanted["type"],
            "value": wanted["value"],
            "verification": {
                "status": "verified",
                "verified_address": None,
                "verified_name": None,
            },
        },
    )


def collect_tax_id(account: Account, customer: Resource, value: str) -> None:
    """Keeps what was typed into a page. European numbers begin with letters, American ones not."""
    kind = "eu_vat" if value[:2].isalpha() else "us_ein"
    tax_id = add_tax_id(account, customer, {"type": kind, "value": value.upper()})
    account.emit("customer.tax_id.created", tax_id)


def _tax_ids_url(customer: str) -> str:
    return f"/v1/customers/{customer}/tax_ids"
