"""Webhook endpoints: https://docs.stripe.com/api/webhook_endpoints."""

from sandbox.billing.values import merge_metadata, update_fields
from sandbox.engine.account import Account, Resource
from sandbox.engine.ids import random_text
from sandbox.engine.listing import list_page
from sandbox.engine.operations import PAGE, operation
from sandbox.errors import invalid


@operation(
    "POST",
    "/v1/webhook_endpoints",
    takes={"api_version", "description", "enabled_events", "metadata", "url"},
)
async def create_webhook_endpoint(account: Account, params: Resource) -> Resource:
    """The only answer that shows the secret."""
    endpoint = add_endpoint(account, params, secret=f"whsec_{random_text(32)}")
    return {**endpoint, "secret": endpoint["_secret"]}


def add_endpoint(account: Account, params: Resource, *, secret: str) -> Resource:
    """An endpoint with a secret.

    Raises:
        StripeError: the URL is none.
    """
    if not params["url"].startswith(("http://", "https://")):
        raise invalid("Invalid URL: An explicit scheme (such as https) must be provided.",
                      param="url", code="url_invalid")  # fmt: skip
    return account.add(
        "webhook_endpoint",
        {
            "_secret": secret,
            "api_version": params.get("api_version"),
            "application": None,
            "description": params.get("description"),
            "enabled_events": params["enabled_events"],
            "metadata": merge_metadata({}, params.get("metadata", {})),
            "status": "enabled",
            "url": params["url"],
        },
    )


@operation("GET", "/v1/webhook_endpoints/{webhook_endpoint}")
async def _retrieve_webhook_endpoint(
    account: Account,
    params: Resource,  # noqa: ARG001 # none beside expand
    webhook_endpoint: str,
) -> Resource:
    return await account.get("webhook_endpoint", webhook_endpoint)


@operation(
    "POST",
    "/v1/webhook_endpoints/{webhook_endpoint}",
    takes={"description", "disabled", "enabled_events", "metadata", "url"},
)
async def _update_webhook_endpoint(
    account: Account, params: Resource, webhook_endpoint: str
) -> Resource:
    found = await account.get("webhook_endpoint", webhook_endpoint)
    update_fields(found, params, ("description", "enabled_events", "url"))
    if "disabled" in params:
        found["status"] = "disabled" if params["disabled"] else "enabled"
    return found


@operation("DELETE", "/v1/webhook_endpoints/{webhook_endpoint}")
async def _delete_webhook_endpoint(
    account: Account,
    params: Resource,  # noqa: ARG001 # it has none
    webhook_endpoint: str,
) -> Resource:
    await account.remove(await account.get("webhook_endpoint", webhook_endpoint))
    return {"id": webhook_endpoint, "object": "webhook_endpoint", "deleted": True}


@operation("GET", "/v1/webhook_endpoints", takes=PAGE)
async def _list_webhook_endpoints(account: Account, params: Resource) -> Resource:
    return await list_page(account, "webhook_endpoint", params, url="/v1/webhook_endpoints")
