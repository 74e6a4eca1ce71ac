"""The address and the scheme that the client used, when a proxy stands before us.

uvicorn's middleware believes X-Forwarded-For and X-Forwarded-Proto of trusted proxies. Some put the
address elsewhere (`CF-Connecting-IP`, `True-Client-IP`); then only that header counts, for the
client could have sent the other one itself.
"""

from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

USUAL_HEADER = "X-Forwarded-For"


class ClientAddress:
    """ASGI middleware: `scope["client"]` is the client, not the proxy. The outermost one."""

    def __init__(self, app: ASGIApp, *, trusted: Iterable[str], header: str) -> None:
        """`trusted` are addresses or networks; `header` is where those proxies say the address."""
        behind: ASGIApp = ProxyHeadersMiddleware(app, list(trusted))  # type: ignore[assignment,arg-type] # uvicorn types ASGI in its own words
        usual = header.lower() == USUAL_HEADER.lower()
        self._app = behind if usual else _Renamed(behind, header=header)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with the client's address."""
        await self._app(scope, receive, send)


class _Renamed:
    """Shows the header under the usual name, and nothing else under that name."""

    def __init__(self, app: ASGIApp, *, header: str) -> None:
        self._app = app
        self._given = header.lower().encode("latin-1")
        self._usual = USUAL_HEADER.lower().encode("latin-1")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            kept = [(name, value) for name, value in scope["headers"] if name != self._usual]
            shown = [(self._usual, value) for name, value in kept if name == self._given]
            scope["headers"] = kept + shown
        await self._app(scope, receive, send)
