"""The answer to a fault of ours outside GraphQL: nothing about it but the request's id."""

import structlog
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import get_contextvars

log = structlog.get_logger(__name__)


class FaultAnswer:
    """ASGI middleware, inside `RequestId`. The log has the traceback under the same id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 500 if nothing was sent yet; a broken answer is cut off."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_started = False

        async def send_noting_start(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self._app(scope, receive, send_noting_start)
        except Exception:
            if has_started:
                raise
            log.exception("fault", path=scope["path"])
            request_id = get_contextvars().get("request_id")
            body = {"error": "Internal Server Error", "requestId": request_id}
            await JSONResponse(body, status_code=500)(scope, receive, send)
