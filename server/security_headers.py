"""Headers that keep browsers from doing more with an answer than was meant."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_DEFAULTS = {
    # Pages bring a policy of their own; JSON needs nothing at all.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_ONLY_ENCRYPTED = {"Strict-Transport-Security": "max-age=31536000"}


class SecurityHeaders:
    """ASGI middleware. What an answer says itself is left as it is."""

    def __init__(self, app: ASGIApp, *, encrypted: bool) -> None:
        """`encrypted`: browsers reach us by https, and shall never try anything else."""
        self._app = app
        defaults = _DEFAULTS | (_ONLY_ENCRYPTED if encrypted else {})
        self._defaults = [(name.lower().encode(), text.encode()) for name, text in defaults.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers that the answer lacks."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                said = {name for name, _ in headers}
                headers += [default for default in self._defaults if default[0] not in said]
                message["headers"] = headers
            await send(message)

        await self._app(scope, receive, send_with_headers)
