"""Payment methods: what is charged."""

import stripe

from services.stripe_gateway.connection import StripeConnection
from services.stripe_gateway.objects import StripePaymentMethod


class HTTPPaymentMethods(StripeConnection):
    """See `PaymentMethodsAtStripe`."""

    async def get_default_payment_method(self, customer_id: str) -> StripePaymentMethod | None:
        """See `PaymentMethodsAtStripe`."""
        async with self.reading():
            customer = await self.v1.customers.retrieve_async(
                customer_id, {"expand": ["invoice_settings.default_payment_method"]}
            )
            settings = customer.invoice_settings
            return payment_method_of(settings.default_payment_method if settings else None)


def payment_method_of(method: str | stripe.PaymentMethod | None) -> StripePaymentMethod | None:
    """The payment method; it has to be expanded."""
    if method is None:
        return None
    assert not isinstance(method, str), "payment methods are expanded where they are read"
    card = method.card
    if card is None:
        return StripePaymentMethod(
            brand=method.type, last4=None, expires_month=None, expires_year=None
        )
    return StripePaymentMethod(
        brand=card.brand,
        last4=card.last4,
        expires_month=card.exp_month,
        expires_year=card.exp_year,
    )
