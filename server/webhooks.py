"""`POST /webhooks/stripe`: verify, store once, answer. What follows from it is a job (C1)."""

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from db.unavailable import DATABASE_UNAVAILABLE
from server.telemetry import metrics
from services.assembly import Services
from services.stripe_gateway import InvalidWebhookError

PATH = "/webhooks/stripe"
_LONGEST_BODY = 1 << 20
"""Stripe's events are a few kilobytes; nobody makes us keep more in memory before we know them."""

log = structlog.get_logger(__name__)


def routes() -> list[Route]:
    """Expects the process's services in `app.state.services`."""
    return [Route(PATH, _receive, methods=["POST"])]


async def _receive(request: Request) -> Response:
    services: Services = request.app.state.services
    try:
        raw = await _read(request)
        is_new = await services.inbox.receive(
            raw, signature=request.headers.get("Stripe-Signature")
        )
    except InvalidWebhookError as error:
        log.warning("webhook.refused", reason=str(error))
        metrics.WEBHOOKS.labels("refused").inc()
        return JSONResponse({"error": str(error)}, status_code=400)
    except DATABASE_UNAVAILABLE as error:
        log.warning("webhook.not_stored", reason=f"{type(error).__name__}: {error}")
        metrics.WEBHOOKS.labels("not_stored").inc()
        return JSONResponse({"error": "not stored; send it again"}, status_code=503)
    except ClientDisconnect:
        return Response(status_code=400)
    metrics.WEBHOOKS.labels("new" if is_new else "repeated").inc()
    return JSONResponse({"received": True, "new": is_new})


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST_BODY:
            raise HTTPException(413, "an event is never as long as this")
    return bytes(body)
