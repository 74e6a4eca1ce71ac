"""What the pages share: finding the account behind a URL, rendering, headers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from sandbox.billing.cards import list_cards
from sandbox.billing.money import format_amount
from sandbox.engine.account import Account, Caller
from sandbox.engine.transactions import Transactions

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
_SEE_OTHER = 303
_INTERVALS = {"day": "daily", "week": "weekly", "month": "monthly", "year": "annual"}

_templates = Environment(
    loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined
)


def format_day(timestamp: int | None) -> str:
    """`12 March 2026`, in UTC."""
    if timestamp is None:
        return ""
    return datetime.fromtimestamp(timestamp, UTC).strftime("%-d %B %Y")


def describe_interval(recurring: dict[str, Any]) -> str:
    """`monthly`, `annual`, or `every 3 months`."""
    count, interval = recurring["interval_count"], recurring["interval"]
    return _INTERVALS[interval] if count == 1 else f"every {count} {interval}s"


_templates.filters |= {"day": format_day, "interval": describe_interval}
_templates.globals |= {"money": format_amount, "cards": list_cards()}


class Accounts:
    """Opens the account that a page's object belongs to. The unguessable id is the permission."""

    def __init__(self, pool: asyncpg.Pool, transactions: Transactions) -> None:
        self._pool = pool
        self._transactions = transactions

    @asynccontextmanager
    async def open(self, kind: str, key: str) -> AsyncIterator[Account]:
        """The account, locked.

        Raises:
            HTTPException: 404, there is no such object.
        """
        owner = await self._pool.fetchval(
            "SELECT account FROM sandbox.objects WHERE id = $1 AND kind = $2", key, kind
        )
        if owner is None:
            raise HTTPException(404)
        async with self._transactions.write(owner, caller=Caller()) as account:
            yield account


def page(
    template: str, *, status: int = 200, leads_to: list[str | None] | None = None, **values: Any
) -> Response:
    """A page. `leads_to`: where its forms may redirect, which the policy has to allow."""
    html = _templates.get_template(template).render(**values)
    origins = " ".join(sorted({_origin(url) for url in leads_to or [] if url}))
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action 'self' {origins}"
    )
    return HTMLResponse(html, status, headers=_headers(policy))


def _headers(policy: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": policy.strip(),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def see_other(url: str) -> Response:
    """After a form: the next page is fetched with GET."""
    return RedirectResponse(url, _SEE_OTHER)


async def read_form(request: Request) -> dict[str, str]:
    """The text fields of a form, trimmed."""
    form = await request.form()
    return {key: value.strip() for key, value in form.items() if isinstance(value, str)}


async def show_http_problem(request: Request, problem: Exception) -> Response:  # noqa: ARG001 # Starlette's signature
    """A page for what is not there."""
    status = problem.status_code if isinstance(problem, HTTPException) else 500
    return page("message.html", status=status, title="There is nothing here",
                text="The link is wrong, or what it led to is gone.", link=None)  # fmt: skip
