"""The account itself: who it is, and how it is set up, for `seatwise doctor`. Only reads."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import stripe

from services.stripe_gateway.connection import PAGE_SIZE, StripeConnection
from services.stripe_gateway.errors import StripeRefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeAccount:
    """Whose key it is, and what the answer told beside it."""

    id: str
    name: str | None
    country: str | None
    charges_enabled: bool
    api_version: str | None
    """In which Stripe has answered."""
    clock_skew: timedelta
    """How far this machine's clock is ahead of Stripe's; whole seconds, as in the Date header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeWebhookEndpoint:
    """Where Stripe sends events. `events` may be `*`; without a version it is the account's."""

    id: str
    url: str
    enabled: bool
    api_version: str | None
    events: Sequence[str]


class HTTPAccount(StripeConnection):
    """See `AccountAtStripe`."""

    async def get_account(self) -> StripeAccount:
        """See `AccountAtStripe`."""
        began = time.time()
        async with self.reading():
            found = await self.v1.accounts.retrieve_current_async()
            headers = _headers_of(found)
            return StripeAccount(
                id=found.id,
                name=_name_of(found),
                country=getattr(found, "country", None),
                charges_enabled=bool(getattr(found, "charges_enabled", False)),
                api_version=headers.get("stripe-version"),
                clock_skew=_skew(headers, began=began, ended=time.time()),
            )

    async def list_unreadable(self) -> tuple[str, ...]:
        """See `AccountAtStripe`. That a key may not write is shown by a write only."""
        v1 = self.v1
        lists: dict[str, Callable[[Any], Awaitable[object]]] = {
            "customers": v1.customers.list_async,
            "checkout sessions": v1.checkout.sessions.list_async,
            "subscriptions": v1.subscriptions.list_async,
            "subscription schedules": v1.subscription_schedules.list_async,
            "invoices": v1.invoices.list_async,
            "payment intents": v1.payment_intents.list_async,
            "promotion codes": v1.promotion_codes.list_async,
        }
        may_read = await asyncio.gather(*map(self._may_read, lists.values()))
        return tuple(name for name, may in zip(lists, may_read, strict=True) if not may)

    async def _may_read(self, ask: Callable[[Any], Awaitable[object]]) -> bool:
        try:
            async with self.reading():
                await ask({"limit": 1})
        except StripeRefusedError:
            return False
        return True

    async def list_webhook_endpoints(self) -> tuple[StripeWebhookEndpoint, ...]:
        """See `AccountAtStripe`."""
        async with self.reading():
            page = await self.v1.webhook_endpoints.list_async({"limit": PAGE_SIZE})
            return tuple(
                [
                    StripeWebhookEndpoint(
                        id=one.id,
                        url=one.url,
                        enabled=one.status == "enabled",
                        api_version=one.api_version,
                        events=tuple(one.enabled_events),
                    )
                    async for one in page.auto_paging_iter()
                ]
            )

    async def list_missing_tax_settings(self) -> tuple[str, ...]:
        """See `AccountAtStripe`."""
        async with self.reading():
            found = await self.v1.tax.settings.retrieve_async()
            if found.status == "active":
                return ()
            pending = found.status_details.pending
            return tuple(pending.missing_fields or ()) if pending else (found.status,)


def _name_of(account: stripe.Account) -> str | None:
    """Of an account that is not set up yet, and for some keys, much is left out."""
    profile = getattr(account, "business_profile", None)
    dashboard = getattr(getattr(account, "settings", None), "dashboard", None)
    name: str | None = getattr(profile, "name", None) or getattr(dashboard, "display_name", None)
    return name


def _headers_of(answer: stripe.StripeObject) -> dict[str, str]:
    response = answer.last_response
    return {name.lower(): value for name, value in (response.headers if response else {}).items()}


def _skew(headers: dict[str, str], *, began: float, ended: float) -> timedelta:
    """Zero when Stripe's second lies within the time that the call took."""
    if "date" not in headers:
        return timedelta()
    at_stripe = parsedate_to_datetime(headers["date"])
    earliest, latest = (datetime.fromtimestamp(at, UTC) for at in (began, ended))
    if earliest > at_stripe + timedelta(seconds=1):
        return earliest - at_stripe
    return min(latest - at_stripe, timedelta())
