"""The gateway to Stripe: the only package that imports its SDK.

Objects and errors are ours; `StripeGateway` says what can be asked, `StripeHTTPGateway` asks it.
"""

from services.stripe_gateway import sdk  # noqa: F401 # first: it loads what the others import
from services.stripe_gateway.account import StripeAccount, StripeWebhookEndpoint
from services.stripe_gateway.connection import API_VERSION
from services.stripe_gateway.errors import (
    InvalidWebhookError,
    StripeBusyError,
    StripeGatewayError,
    StripeMissingError,
    StripeRefusedError,
    StripeUnavailableError,
)
from services.stripe_gateway.event_types import WANTED_EVENTS
from services.stripe_gateway.http_client import CallObserver
from services.stripe_gateway.http_gateway import StripeHTTPGateway
from services.stripe_gateway.objects import (
    CheckoutSession,
    PortalSession,
    StripeChange,
    StripeCustomer,
    StripeEventEnvelope,
    StripeInvoice,
    StripeInvoiceLine,
    StripePage,
    StripePaymentMethod,
    StripePendingUpdate,
    StripePrice,
    StripeProduct,
    StripeReference,
    StripeSchedule,
    StripeSubscription,
    StripeTerms,
)
from services.stripe_gateway.protocol import (
    INTENT_ID,
    PlannedPhases,
    PromotionCodesAtStripe,
    StripeGateway,
)
from services.stripe_gateway.values import PRODUCT_PREFIX

__all__ = [
    "API_VERSION",
    "INTENT_ID",
    "PRODUCT_PREFIX",
    "WANTED_EVENTS",
    "CallObserver",
    "CheckoutSession",
    "InvalidWebhookError",
    "PlannedPhases",
    "PortalSession",
    "PromotionCodesAtStripe",
    "StripeAccount",
    "StripeBusyError",
    "StripeChange",
    "StripeCustomer",
    "StripeEventEnvelope",
    "StripeGateway",
    "StripeGatewayError",
    "StripeHTTPGateway",
    "StripeInvoice",
    "StripeInvoiceLine",
    "StripeMissingError",
    "StripePage",
    "StripePaymentMethod",
    "StripePendingUpdate",
    "StripePrice",
    "StripeProduct",
    "StripeReference",
    "StripeRefusedError",
    "StripeSchedule",
    "StripeSubscription",
    "StripeTerms",
    "StripeUnavailableError",
    "StripeWebhookEndpoint",
]
