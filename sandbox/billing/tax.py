"""Automatic tax, much simplified: one rate for each country of the customer.

Stripe Tax looks at places, products and registrations. The sandbox takes the standard VAT or GST
rate of a few countries (EU: https://europa.eu/youreurope, 2026) and nothing elsewhere.
"""

from fractions import Fraction

from sandbox.billing.money import round_half_up
from sandbox.engine.account import Account, Resource
from sandbox.errors import invalid

_RATES = {
    "AT": "20", "AU": "10", "BE": "21", "CH": "8.1", "DE": "19", "DK": "25", "ES": "21",
    "FI": "25.5", "FR": "20", "GB": "20", "IE": "23", "IT": "22", "JP": "10", "LU": "17",
    "NL": "21", "NO": "25", "NZ": "15", "PL": "23", "PT": "23", "SE": "25",
}  # fmt: skip
_NAMES = {"AU": "GST", "NZ": "GST", "JP": "JCT"}
_KINDS = {"AU": "gst", "NZ": "gst", "JP": "jct"}
_WHOLE = 100


def country_of(customer: Resource) -> str | None:
    """Where the customer is taxed."""
    country = (customer["address"] or {}).get("country")
    return country.upper() if country else None


def require_location(customer: Resource) -> None:
    """Automatic tax needs a country.

    Raises:
        StripeError: `customer_tax_location_invalid`.
    """
    if country_of(customer) is None:
        raise invalid(
            "The customer's location isn't recognized. Set a valid customer address in order to "
            "automatically calculate tax.",
            code="customer_tax_location_invalid",
        )


async def rate_for(account: Account, customer: Resource, *, tax_ids: list[Resource]) -> Resource:
    """The tax rate object that applies, made at its first use."""
    country = country_of(customer) or "US"
    exempt = customer["tax_exempt"] != "none" or any(_reverses(t, country) for t in tax_ids)
    percentage = "0" if exempt else _RATES.get(country, "0")
    where = {"country": country, "percentage": float(percentage)}
    found = await account.select("tax_rate", where=where, limit=1)
    return found[0] if found else _add_rate(account, country=country, percentage=percentage)


def _reverses(tax_id: Resource, country: str) -> bool:
    """A business in the EU accounts for VAT itself."""
    return tax_id["type"] == "eu_vat" and country in _RATES


def _add_rate(account: Account, *, country: str, percentage: str) -> Resource:
    return account.add(
        "tax_rate",
        {
            "_percentage": percentage,
            "active": False,
            "country": country,
            "description": None,
            "display_name": _NAMES.get(country, "VAT" if country in _RATES else "Tax"),
            "effective_percentage": float(percentage),
            "flat_amount": None,
            "inclusive": False,
            "jurisdiction": country,
            "jurisdiction_level": "country",
            "metadata": {},
            "percentage": float(percentage),
            "rate_type": "percentage",
            "state": None,
            "tax_type": _KINDS.get(country, "vat" if country in _RATES else "sales_tax"),
        },
    )


def tax_on(amount: int, rate: Resource, *, inclusive: bool) -> int:
    """The tax on an amount, or the tax that is in it."""
    share = Fraction(rate["_percentage"]) / _WHOLE
    return round_half_up(amount * share / (1 + share) if inclusive else amount * share)
