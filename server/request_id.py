"""Each request has an id: in every log line, in the answer's header, in masked errors."""

import re
import secrets

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-ID"
_ACCEPTABLE = re.compile(r"[\w.:/+=-]{1,128}", re.ASCII)

log = structlog.get_logger(__name__)


class RequestId:
    """ASGI middleware. A well-formed id that a proxy gave is kept; otherwise one is made."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the request with its id bound to the log."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        request_id = _given_id(scope) or secrets.token_hex(16)

        async def send_with_id(message: Message) -> None:
            if message["type"] in {"http.response.start", "websocket.accept"}:
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            log.debug("request", method=scope.get("method"), path=scope["path"])
            await self._app(scope, receive, send_with_id)


def _given_id(scope: Scope) -> str | None:
    given = Headers(scope=scope).get(HEADER)
    return given if given and _ACCEPTABLE.fullmatch(given) else None
