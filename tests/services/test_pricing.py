"""What a year saves, worked by hand."""

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from services.catalogue import annual_discount_percent, per_month_amount
from services.money import to_major_units, to_minor_units

AMOUNTS = integers(min_value=0, max_value=10**11)


@pytest.mark.parametrize(
    ("monthly", "annual", "percent"),
    [
        (2500, 24000, 20),  # 300.00 for twelve months, 60.00 saved
        (4000, 38400, 20),
        (2300, 22000, 20),  # 20.28..., rounded down
        (1000, 8041, 32),  # 32.99...
        (1000, 12000, 0),
        (1000, 13000, 0),  # a year that costs more saves nothing
        (1000, 0, 100),
        (0, 0, 0),
    ],
)
def test_the_annual_discount(monthly: int, annual: int, percent: int) -> None:
    assert annual_discount_percent(monthly=monthly, annual=annual) == percent


@pytest.mark.parametrize(("annual", "a_month"), [(24000, 2000), (22000, 1834), (1, 1), (0, 0)])
def test_the_price_of_a_month_in_a_year(annual: int, a_month: int) -> None:
    assert per_month_amount(annual) == a_month


@given(monthly=AMOUNTS, annual=AMOUNTS)
def test_what_is_promised_is_never_better_than_what_is_charged(monthly: int, annual: int) -> None:
    percent = annual_discount_percent(monthly=monthly, annual=annual)
    assert 0 <= percent <= 100
    if percent:
        assert annual * 100 <= monthly * 12 * (100 - percent)
    assert annual <= per_month_amount(annual) * 12 < annual + 12


@given(amount=integers(min_value=0, max_value=10**9 - 1))
@pytest.mark.parametrize("currency", ["usd", "jpy"])
def test_units_convert_both_ways(amount: int, currency: str) -> None:
    text = str(to_major_units(amount, currency=currency))
    assert to_minor_units(text, currency=currency) == amount
