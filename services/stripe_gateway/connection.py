"""One connection to one Stripe account, and the frame in which every call is made."""

import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import stripe

from services.stripe_gateway.faults import translate, unreadable
from services.stripe_gateway.http_client import (
    CallObserver,
    TimedHTTPClient,
    observed_by_nobody,
)

API_VERSION = "2026-10-28.endive"
"""Pinned, and equal to the version that the installed SDK's types describe (a test compares)."""

TIMEOUT_SECONDS = 4.0
RETRIES = 1
PAGE_SIZE = 100
"""The most that Stripe puts on one page of a list."""

UNREADABLE = (AttributeError, LookupError, TypeError, ValueError)
"""What reading an answer raises that has not the shape of Stripe's objects."""


class StripeConnection:
    """Holds the SDK's client. A call is tried twice, so it takes at most 2 x timeout + 0.5 s."""

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        observer: CallObserver = observed_by_nobody,
        calls_per_second: int | None = None,
    ) -> None:
        logging.getLogger("stripe").setLevel(logging.WARNING)  # below, it logs whole requests
        self._http = TimedHTTPClient(
            seconds=timeout_seconds, observer=observer, calls_per_second=calls_per_second
        )
        self._client = stripe.StripeClient(
            api_key,
            stripe_version=API_VERSION,
            base_addresses={"api": base_url or stripe.DEFAULT_API_BASE},
            max_network_retries=RETRIES,
            http_client=self._http,
        )

    @property
    def v1(self) -> stripe.V1Services:
        """Stripe's API, to be called inside `reading()` or `writing()`."""
        return self._client.v1

    def reading(self) -> AbstractAsyncContextManager[None]:
        """Around a GET and the understanding of its answer."""
        return _in_our_words(writes=False)

    def writing(self) -> AbstractAsyncContextManager[None]:
        """Around a POST and the understanding of its answer."""
        return _in_our_words(writes=True)

    async def aclose(self) -> None:
        """Close the HTTP connections."""
        await self._http.close_async()


@asynccontextmanager
async def _in_our_words(*, writes: bool) -> AsyncIterator[None]:
    try:
        yield
    except stripe.StripeError as error:
        raise translate(error, writes=writes) from error
    except UNREADABLE as error:
        raise unreadable(error, writes=writes) from error
