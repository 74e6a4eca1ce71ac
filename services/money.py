"""Amounts of money: integers in the minor units that Stripe counts a currency in."""

import re
from decimal import Decimal

from babel.numbers import format_currency, list_currencies

# https://docs.stripe.com/currencies#minor-units. Babel's digits tell how an amount is displayed
# (no cents for ISK or ALL); Stripe's tell what is charged, so only they may convert an amount.
# UGX is displayed without decimals and charged in hundredths, as its special case there says.
ZERO_DECIMAL = frozenset(
    [
        "bif",
        "clp",
        "djf",
        "gnf",
        "jpy",
        "kmf",
        "krw",
        "mga",
        "pyg",
        "rwf",
        "vnd",
        "vuv",
        "xaf",
        "xof",
        "xpf",
    ]
)
THREE_DECIMAL = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])
STEPS = {"isk": 100, "ugx": 100} | dict.fromkeys(THREE_DECIMAL, 10)
"""Where Stripe charges only multiples of some minor units."""

_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]+)?")
_KNOWN_CURRENCIES = frozenset(code.lower() for code in list_currencies())


def is_currency(code: str) -> bool:
    """Whether this is the ISO 4217 code of a currency, in Stripe's lower case."""
    return code in _KNOWN_CURRENCIES


def decimals_of(currency: str) -> int:
    """How many decimal digits of the currency are minor units at Stripe."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def to_minor_units(text: str, *, currency: str) -> int:
    """`25.00` usd as 2500. Raises ValueError for what cannot be charged."""
    if not _AMOUNT.fullmatch(text):
        raise ValueError(f"{text!r} is not an amount of 0 or more, such as '25.00'")
    minor = Decimal(text).scaleb(decimals_of(currency))
    if minor % STEPS.get(currency, 1):
        raise ValueError(f"{text!r} has more decimals than can be charged in {currency}")
    return int(minor)


def to_major_units(amount: int, *, currency: str) -> Decimal:
    """2500 usd as 25.00, for display."""
    return Decimal(amount).scaleb(-decimals_of(currency))


def formatted(amount: int, *, currency: str, locale: str) -> str:
    """2500 usd as `$25.00` in `en`, `25,00 $` in `de`."""
    major = to_major_units(amount, currency=currency)
    return format_currency(major, currency.upper(), locale=locale, currency_digits=False)
