"""Where the issuer may send a browser, and how it gets its answer there."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.responses import RedirectResponse

from server.development_issuer.issuer import DevelopmentIssuer

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def is_allowed_redirect(issuer: DevelopmentIssuer, uri: str) -> bool:
    """Exactly a configured URI, or one on this machine (RFC 8252, section 7.3) or this origin."""
    if uri in issuer.settings.redirect_uris:
        return True
    if not uri.isascii() or not uri.isprintable() or set(uri) & set(" \\#@"):
        return False
    origin = origin_of(uri)
    if origin is None:
        return False
    return origin == origin_of(issuer.url) or urlsplit(uri).hostname in _LOOPBACK


def origin_of(uri: str) -> str | None:
    """Scheme, host and port of an http(s) URI, or None if it is none."""
    try:
        parts = urlsplit(uri)
        has_host = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.netloc}" if has_host else None


def redirect(uri: str, *, answer: Mapping[str, str | None]) -> RedirectResponse:
    """Send the browser to `uri` with the answer added to its query. None is left out."""
    parts = urlsplit(uri)
    query = parse_qsl(parts.query, keep_blank_values=True)
    query += [(name, value) for name, value in answer.items() if value is not None]
    target = urlunsplit(parts._replace(query=urlencode(query)))
    return RedirectResponse(target, status_code=303, headers={"Cache-Control": "no-store"})
