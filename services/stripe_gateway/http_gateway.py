"""The gateway over HTTP: to Stripe, or to the sandbox that stands in for it."""

from collections.abc import Sequence

from services.stripe_gateway.account import HTTPAccount
from services.stripe_gateway.account_lists import HTTPAccountLists
from services.stripe_gateway.billing_sessions import HTTPBillingSessions
from services.stripe_gateway.connection import TIMEOUT_SECONDS
from services.stripe_gateway.customers import HTTPCustomers
from services.stripe_gateway.http_client import CallObserver, observed_by_nobody
from services.stripe_gateway.invoices import HTTPInvoices
from services.stripe_gateway.objects import StripeEventEnvelope
from services.stripe_gateway.portal import HTTPPortal
from services.stripe_gateway.products import HTTPProducts
from services.stripe_gateway.promotion_codes import HTTPPromotionCodes
from services.stripe_gateway.schedules import HTTPSchedules
from services.stripe_gateway.subscriptions import HTTPSubscriptions
from services.stripe_gateway.webhooks import read_event, verify


class StripeHTTPGateway(
    HTTPAccount,
    HTTPCustomers,
    HTTPBillingSessions,
    HTTPPortal,
    HTTPSubscriptions,
    HTTPSchedules,
    HTTPInvoices,
    HTTPAccountLists,
    HTTPPromotionCodes,
    HTTPProducts,
):
    """Implements `StripeGateway`.

    `base_url` is the sandbox's; left out, Stripe's. Of `webhook_secrets` any is believed. Calls
    wait until `calls_per_second` allows them; None: they never wait.
    """

    def __init__(
        self,
        api_key: str,
        *,
        webhook_secrets: Sequence[str] = (),
        base_url: str | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        observer: CallObserver = observed_by_nobody,
        calls_per_second: int | None = None,
    ) -> None:
        super().__init__(
            api_key,
            base_url=base_url,
            timeout_seconds=timeout_seconds,
            observer=observer,
            calls_per_second=calls_per_second,
        )
        self._webhook_secrets = tuple(webhook_secrets)

    def construct_event(self, raw: bytes, *, signature: str | None) -> StripeEventEnvelope:
        """See `StripeGateway`."""
        verify(raw, signature=signature, secrets=self._webhook_secrets)
        return read_event(raw)

    async def ping(self) -> None:
        """See `StripeGateway`."""
        async with self.reading():
            await self.v1.products.list_async({"limit": 1})
