"""Products: https://docs.stripe.com/api/products."""

import copy

from sandbox.billing.values import merge_metadata, update_fields
from sandbox.engine.account import Account, Resource
from sandbox.engine.listing import list_page
from sandbox.engine.operations import PAGE, operation
from sandbox.errors import StripeError, invalid

_FIELDS = {
    "active", "default_price", "description", "images", "marketing_features", "name",
    "shippable", "statement_descriptor", "tax_code", "unit_label", "url",
}  # fmt: skip
_CREATES = (_FIELDS - {"default_price"}) | {"id", "metadata", "type"}


@operation("POST", "/v1/products", takes=_CREATES)
async def create_product(account: Account, params: Resource) -> Resource:
    """Raises `resource_already_exists` for an id that is taken."""
    wanted_id = params.get("id")
    if wanted_id and await account.find(wanted_id):
        raise StripeError(f"Product already exists: {wanted_id}", code="resource_already_exists")
    product = add_product(account, params)
    account.emit("product.created", product)
    return product


def add_product(account: Account, params: Resource) -> Resource:
    """A product from its own parameters or from `product_data` of a price."""
    product = account.add(
        "product",
        {
            "active": True,
            "default_price": None,
            "description": None,
            "images": [],
            "marketing_features": [],
            "metadata": merge_metadata({}, params.get("metadata", {})),
            "name": params["name"],
            "package_dimensions": None,
            "shippable": None,
            "statement_descriptor": None,
            "tax_code": None,
            "type": params.get("type", "service"),
            "unit_label": None,
            "updated": account.now,
            "url": None,
        },
        key=params.get("id"),
    )
    update_fields(product, {k: v for k, v in params.items() if k != "metadata"}, _FIELDS)
    return product


@operation("GET", "/v1/products/{id}")
async def _retrieve_product(account: Account, params: Resource, key: str) -> Resource:  # noqa: ARG001 # it has none
    return await account.get("product", key)


@operation("POST", "/v1/products/{id}", takes=_FIELDS | {"metadata"})
async def _update_product(account: Account, params: Resource, key: str) -> Resource:
    product = await account.get("product", key)
    if price := params.get("default_price"):
        await account.get("price", price, param="default_price")
    before = copy.deepcopy(product)
    update_fields(product, params, _FIELDS)
    if product != before:
        product["updated"] = account.now
        account.emit("product.updated", product)
    return product


@operation("DELETE", "/v1/products/{id}")
async def _delete_product(account: Account, params: Resource, key: str) -> Resource:  # noqa: ARG001 # it has none
    product = await account.get("product", key)
    if await account.select("price", where={"product": key}, limit=1):
        raise invalid(
            "This product cannot be deleted because it has one or more user-created prices.",
            param="id",
        )
    account.emit("product.deleted", product)
    await account.remove(product)
    return {"id": key, "object": "product", "deleted": True}


@operation("GET", "/v1/products", takes=PAGE | {"active", "ids", "shippable", "url"})
async def _list_products(account: Account, params: Resource) -> Resource:
    where: Resource = {key: params[key] for key in ("active", "shippable", "url") if key in params}
    if "ids" in params:
        return await list_by_ids(account, "product", params["ids"], url="/v1/products")
    return await list_page(account, "product", params, url="/v1/products", where=where)


async def list_by_ids(account: Account, kind: str, ids: list[str], *, url: str) -> Resource:
    """The named objects that exist, in the order of their names."""
    found = [await account.find(id_) for id_ in ids]
    data = [item for item in found if item and item["object"] == kind]
    return {"object": "list", "data": data, "has_more": False, "url": url}
