"""Identifiers in Stripe's form: a prefix that names the kind, then random letters and digits."""

import secrets
import string

_ALPHABET = string.ascii_letters + string.digits
_UPPER = string.ascii_uppercase + string.digits

_PREFIXES = {
    "billing_portal.configuration": "bpc",
    "billing_portal.session": "bps",
    "charge": "ch",
    "checkout.session": "cs_test",
    "coupon": "",
    "customer": "cus",
    "discount": "di",
    "event": "evt",
    "invoice": "in",
    "invoice_payment": "inpay",
    "invoiceitem": "ii",
    "item": "li",
    "line_item": "il",
    "payment_intent": "pi",
    "payment_method": "pm",
    "price": "price",
    "product": "prod",
    "promotion_code": "promo",
    "setup_intent": "seti",
    "subscription": "sub",
    "subscription_item": "si",
    "subscription_schedule": "sub_sched",
    "tax_id": "txi",
    "tax_rate": "txr",
    "webhook_endpoint": "we",
}
_LONG = {"checkout.session": 58}


def new_id(kind: str) -> str:
    """A fresh id for an object of `kind`."""
    prefix = _PREFIXES[kind]
    text = random_text(_LONG.get(kind, 24 if prefix else 8))
    return f"{prefix}_{text}" if prefix else text


def random_text(length: int) -> str:
    """Unguessable letters and digits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def random_upper(length: int) -> str:
    """Capital letters and digits, for codes that people read."""
    return "".join(secrets.choice(_UPPER) for _ in range(length))
