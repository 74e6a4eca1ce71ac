"""Keeps pages of foreign origins from using a browser against the API."""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from server.graphql_http.error_codes import ErrorCode
from server.graphql_http.refusals import RequestRefusedError

_OWN = frozenset({"same-origin", "none"})


def refuse_cross_site(request: HTTPConnection, allowed_origins: Collection[str]) -> None:
    """Refuse what a browser sent for a page of an origin that is not allowed.

    Browsers say by `Sec-Fetch-Site` whose page it is; a page cannot forge it. Programs that are no
    browsers send nothing and pass. A form never gets here: a POST needs `application/json`.

    Raises:
        RequestRefusedError: 403.
    """
    if request.headers.get("sec-fetch-site", "none") in _OWN:
        return
    if not is_allowed(request.headers.get("origin"), allowed_origins):
        raise RequestRefusedError(
            "A page of another site may not send this request.",
            status=403,
            code=ErrorCode.CROSS_SITE_REQUEST_REFUSED,
        )


def is_allowed(origin: str | None, allowed_origins: Collection[str]) -> bool:
    """Whether pages of `origin` may use the API."""
    return "*" in allowed_origins or origin in allowed_origins


def is_own_origin(request: HTTPConnection) -> bool:
    """Whether the page that opens a WebSocket comes from this server, or no page opens it."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
