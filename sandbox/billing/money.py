"""Amounts in minor units: rounding, and how an amount reads."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from babel.numbers import format_currency

# https://docs.stripe.com/currencies#zero-decimal and #three-decimal; amounts in UGX have two
# decimals, as its special case there says
_ZERO_DECIMAL = frozenset({
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga",
    "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf",
})  # fmt: skip
_THREE_DECIMAL = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})


def round_half_up(amount: Fraction) -> int:
    """To the nearest whole minor unit; halves go away from zero."""
    exact = Decimal(amount.numerator) / Decimal(amount.denominator)
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def decimals_of(currency: str) -> int:
    """How many digits of the currency are minor units."""
    if currency in _ZERO_DECIMAL:
        return 0
    return 3 if currency in _THREE_DECIMAL else 2


def format_amount(amount: int, currency: str) -> str:
    """`$1,234.50` for 123450 usd."""
    major = Decimal(amount).scaleb(-decimals_of(currency))
    return format_currency(major, currency.upper(), locale="en_US", currency_digits=True)
