"""What can only be read: the account, events, tax rates."""

from sandbox.engine.account import Account, Resource
from sandbox.engine.listing import list_page
from sandbox.engine.operations import PAGE, operation


@operation("GET", "/v1/account")
async def retrieve_account(account: Account, params: Resource) -> Resource:  # noqa: ARG001 # none beside expand
    """The account that the key opens."""
    return {
        "id": account.id,
        "object": "account",
        "business_profile": {
            "mcc": None,
            "name": "Sandbox",
            "support_address": None,
            "support_email": None,
            "support_phone": None,
            "support_url": None,
            "url": None,
        },
        "charges_enabled": True,
        "country": "US",
        "default_currency": "usd",
        "details_submitted": True,
        "email": None,
        "payouts_enabled": True,
        "settings": None,
        "type": "standard",
    }


@operation("GET", "/v1/events/{id}")
async def _retrieve_event(account: Account, params: Resource, key: str) -> Resource:  # noqa: ARG001 # it has none
    return await account.get("event", key)


@operation("GET", "/v1/events", takes=PAGE | {"type", "types"})
async def list_events(account: Account, params: Resource) -> Resource:
    """In the order of creation, newest first; `type` may end in `.*`."""
    names = params.get("types") or ([params["type"]] if "type" in params else None)
    patterns = [_to_like(name) for name in names] if names else None
    return await list_page(account, "event", params, url="/v1/events", types=patterns)


def _to_like(name: str) -> str:
    """`invoice.*` as a pattern of SQL's LIKE."""
    return name.replace("_", r"\_").replace("*", "%")


@operation("GET", "/v1/tax_rates/{tax_rate}")
async def _retrieve_tax_rate(account: Account, params: Resource, tax_rate: str) -> Resource:  # noqa: ARG001 # none beside expand
    return await account.get("tax_rate", tax_rate)


@operation("GET", "/v1/tax_rates", takes=PAGE | {"active", "inclusive"})
async def _list_tax_rates(account: Account, params: Resource) -> Resource:
    where: Resource = {key: params[key] for key in ("active", "inclusive") if key in params}
    return await list_page(account, "tax_rate", params, url="/v1/tax_rates", where=where)
