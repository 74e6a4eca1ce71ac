"""What prices amount to, in whole minor units: never a better offer than what is charged."""

MONTHS_PER_YEAR = 12


def annual_discount_percent(*, monthly: int, annual: int) -> int:
    """How much less a year costs than twelve months, in percent, rounded down.

    0 when nothing is saved.
    """
    twelve_months = monthly * MONTHS_PER_YEAR
    if twelve_months <= 0:
        return 0
    return max(0, (twelve_months - annual) * 100 // twelve_months)


def per_month_amount(annual: int) -> int:
    """What a month costs of a year that is paid at once, rounded up."""
    return -(-annual // MONTHS_PER_YEAR)
