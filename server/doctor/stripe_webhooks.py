"""Whether Stripe knows where to send events, and sends those that are wanted."""

from collections.abc import Iterator

from server import webhooks
from server.doctor.finding import Finding, good, note, problem
from server.settings import Settings
from services.stripe_gateway import (
    API_VERSION,
    WANTED_EVENTS,
    StripeGateway,
    StripeWebhookEndpoint,
)

_DASHBOARD = "https://dashboard.stripe.com/webhooks"
_ALL = "*"


async def look_at_webhooks(settings: Settings, gateway: StripeGateway) -> list[Finding]:
    """The endpoints that lead to this server, each with what is wrong with it; the secret."""
    ours = {f"{base}{webhooks.PATH}" for base in (settings.public_url, settings.local_url)}
    endpoints = await gateway.list_webhook_endpoints()
    found = [one for one in endpoints if one.url in ours]
    if not found:
        return [_no_endpoint(settings, [one.url for one in endpoints])]
    findings = [finding for one in found for finding in _look_at_endpoint(one)]
    if len(found) > 1:
        text = f"{len(found)} endpoints lead here: each event is sent by each"
        findings.append(note("webhooks", text, remedy=f"keep one at {_DASHBOARD}"))
    return [*findings, *_look_at_secrets(settings)]


def _no_endpoint(settings: Settings, others: list[str]) -> Finding:
    url = f"{settings.public_url}{webhooks.PATH}"
    known = f" (only to {', '.join(others)})" if others else ""
    remedy = (
        f"add {url} at {_DASHBOARD} with API version {API_VERSION} and the events that"
        " `seatwise events types` prints; on your own machine run"
        f" `stripe listen --forward-to {settings.local_url}{webhooks.PATH}`"
    )
    return problem("webhooks", f"no endpoint leads to {url}{known}", remedy=remedy)


def _look_at_endpoint(endpoint: StripeWebhookEndpoint) -> Iterator[Finding]:
    subject = f"webhooks {endpoint.id}"
    if not endpoint.enabled:
        yield problem(subject, "is disabled", remedy=f"enable it at {_DASHBOARD}/{endpoint.id}")
    yield from _look_at_events(subject, endpoint)
    if endpoint.api_version not in {API_VERSION, None}:
        text = f"sends events in {endpoint.api_version}, ours is {API_VERSION}"
        remedy = "nothing breaks: the objects are fetched in ours; a new endpoint can have it"
        yield note(subject, text, remedy=remedy)


def _look_at_events(subject: str, endpoint: StripeWebhookEndpoint) -> Iterator[Finding]:
    if _ALL in endpoint.events:
        yield good(subject, f"{endpoint.url} is sent all events, of which most are ignored")
        return
    if missing := [name for name in WANTED_EVENTS if name not in endpoint.events]:
        text = f"is not sent {', '.join(missing)}"
        yield problem(subject, text, remedy=f"select them at {_DASHBOARD}/{endpoint.id}")
        return
    yield good(subject, f"{endpoint.url} is sent all {len(WANTED_EVENTS)} events that are wanted")
    if unwanted := [name for name in endpoint.events if name not in WANTED_EVENTS]:
        remedy = f"they are stored and ignored; deselect them at {_DASHBOARD}/{endpoint.id}"
        yield note(subject, f"is also sent {', '.join(unwanted)}", remedy=remedy)


def _look_at_secrets(settings: Settings) -> Iterator[Finding]:
    secrets = len(settings.webhook_secrets)
    if settings.uses_sandbox:
        return
    if not secrets:
        remedy = f"reveal the endpoint's signing secret at {_DASHBOARD}"
        yield problem("webhook secret", "STRIPE_WEBHOOK_SECRET is not set", remedy=remedy)
    elif secrets > 1:
        remedy = "remove the old one once the rotation is over"
        yield note("webhook secret", f"{secrets} are believed", remedy=remedy)
    else:
        yield good("webhook secret", "one is believed")
