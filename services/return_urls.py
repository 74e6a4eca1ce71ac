"""Where Stripe may send people back to: only to known origins, so that nobody is led astray."""

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from services.refusals import ReturnURLNotAllowed

LONGEST_URL = 2_000


class ReturnURLs:
    """Checks and completes return URLs."""

    def __init__(self, *, default: str, allowed_origins: Sequence[str]) -> None:
        self._default = default
        self._allowed = tuple(dict.fromkeys((origin_of(default), *allowed_origins)))

    def checked(self, url: str | None) -> str:
        """The URL if its origin is allowed, or the server's own page when there is none."""
        if url is None:
            return self._default
        plain = url.isascii() and url.isprintable() and not set(url) & set(" \\")
        if not plain or len(url) > LONGEST_URL or origin_of(url) not in self._allowed:
            raise ReturnURLNotAllowed(self._allowed)
        return url


def origin_of(url: str) -> str:
    """Scheme, host and port; empty for what is no http(s) URL, or names a user."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    standard = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + ("" if port in {None, standard} else f":{port}")


def with_parameters(url: str, **parameters: str) -> str:
    """The URL with these query parameters added."""
    parts = urlsplit(url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), *parameters.items()]
    return urlunsplit(parts._replace(query=urlencode(query)))
