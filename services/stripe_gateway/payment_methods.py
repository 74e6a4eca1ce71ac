"""Payment methods: what is charged."""

import stripe

from services.stripe_gateway.objects import StripePaymentMethod


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
