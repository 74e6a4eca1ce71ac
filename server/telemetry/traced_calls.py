"""Spans for what a traced request or job asks of others: statements of Postgres, calls of Stripe.

They are made when the answer is there, in the context of who asked. Outside of a traced request or
job there are none: what the process does for itself, as listening and probing, is no trace.
"""

import re
from functools import lru_cache
from time import time_ns
from typing import Any
from urllib.parse import urlsplit

from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer, get_current_span

from services.stripe_gateway import CallObserver

_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE)\s+([\w.]+)", re.IGNORECASE)
_STRIPE_ID = re.compile(r"(?<=/)[^/]*(?:\d|[A-Z])[^/]*")
"""A part of a path with a digit or a capital letter: Stripe's own words have none, but for `v1`."""


class TracedCalls:
    """Observers of a `Database` and of the gateway to Stripe."""

    def __init__(self, tracer: Tracer, *, database_url: str, calls: CallObserver) -> None:
        """`calls` hears of Stripe's calls, too."""
        self._tracer = tracer
        self._calls = calls
        address = urlsplit(database_url)
        self._database: dict[str, Any] = {
            "db.system.name": "postgresql",
            "db.namespace": address.path.lstrip("/"),
            "server.address": address.hostname or "localhost",
        }

    def statement(self, sql: str, *, seconds: float, error: BaseException | None) -> None:
        """A `StatementObserver`. The statement has `$1` where its values were."""
        if not get_current_span().is_recording():
            return
        summary = summary_of(sql)
        attributes = self._database | {
            "db.operation.name": summary.partition(" ")[0],
            "db.query.summary": summary,
            "db.query.text": sql,
        }
        if error is not None:
            attributes["error.type"] = type(error).__qualname__
            if (code := getattr(error, "sqlstate", None)) is not None:
                attributes["db.response.status_code"] = code
        self._span(summary, attributes, seconds=seconds, failed=error is not None)

    def stripe_call(
        self, method: str, url: str, *, seconds: float, status: int | None, error: str | None
    ) -> None:
        """A `CallObserver`. Ids are left out of the address."""
        self._calls(method, url, seconds=seconds, status=status, error=error)
        if not get_current_span().is_recording():
            return
        address = urlsplit(url)
        template = template_of(address.path)
        attributes: dict[str, Any] = {
            "http.request.method": method,
            "url.template": template,
            "server.address": address.hostname or "",
        }
        if status is not None:
            attributes["http.response.status_code"] = status
        failed = error or (str(status) if status and status >= 400 else None)  # noqa: PLR2004 # HTTP's own number
        if failed is not None:
            attributes["error.type"] = failed
        self._span(f"{method} {template}", attributes, seconds=seconds, failed=failed is not None)

    def _span(self, name: str, attributes: dict[str, Any], *, seconds: float, failed: bool) -> None:
        end = time_ns()
        span = self._tracer.start_span(
            name,
            kind=SpanKind.CLIENT,
            attributes=attributes,
            start_time=end - int(seconds * 1e9),
        )
        if failed:
            span.set_status(Status(StatusCode.ERROR))
        span.end(end)


@lru_cache(maxsize=1000)
def summary_of(sql: str) -> str:
    """What is done with which table, as `SELECT organizations`."""
    operation = sql.split(maxsplit=1)[0].upper() if sql.strip() else "?"
    table = _TABLE.search(sql)
    return f"{operation} {table[1]}" if table else operation


@lru_cache(maxsize=1000)
def template_of(path: str) -> str:
    """A path of Stripe's API with `{id}` for the ids in it."""
    version, _, rest = path.lstrip("/").partition("/")
    return f"/{version}" + _STRIPE_ID.sub("{id}", f"/{rest}")
