"""No caller waits long for Stripe."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.refusals import BillingUnavailable
from services.stripe_gateway import StripeUnavailableError

RETRY_AFTER_SECONDS = 10


@asynccontextmanager
async def answering_in_time(seconds: float) -> AsyncIterator[None]:
    """Stripe down, or slower than `seconds`, becomes the refusal that says when to come back."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise BillingUnavailable(RETRY_AFTER_SECONDS) from None
    except StripeUnavailableError as error:
        raise BillingUnavailable(error.retry_after_seconds) from error
