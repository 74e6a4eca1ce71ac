"""`catalog.toml`: what is right about ours, and how mistakes are told."""

from pathlib import Path

import pytest

from services.catalogue import CatalogueFile, CatalogueFileError, read_catalogue_file

OURS = Path(__file__).parents[2] / "catalog.toml"
FREE = """
[[plan]]
code = "FREE"
name = "Free"
description = "Alone."
"""
PRO = """
[[plan]]
code = "PRO"
name = "Pro"
description = "Together."
maximum_seats = 50
monthly = { usd = "25.00" }
"""


def read(tmp_path: Path, content: str) -> CatalogueFile:
    path = tmp_path / "catalog.toml"
    path.write_text(content, encoding="utf-8")
    return read_catalogue_file(path)


def mistakes(tmp_path: Path, content: str) -> list[str]:
    with pytest.raises(CatalogueFileError) as raised:
        read(tmp_path, content)
    prefix = f"{tmp_path / 'catalog.toml'}: "
    assert all(mistake.startswith(prefix) for mistake in raised.value.mistakes)
    return [mistake.removeprefix(prefix) for mistake in raised.value.mistakes]


def test_ours_has_the_plans_in_order_with_their_dollar_prices() -> None:
    plans = {
        plan.code: (
            plan.minimum_seats,
            plan.maximum_seats,
            plan.monthly.get("usd"),
            plan.annual.get("usd"),
        )
        for plan in read_catalogue_file(OURS).plans
    }
    assert list(plans.items()) == [
        ("FREE", (1, 1, None, None)),
        ("PRO", (2, 50, 2500, 24000)),
        ("BUSINESS", (5, 500, 4000, 38400)),
    ]


def test_amounts_are_in_the_minor_units_that_stripe_charges(tmp_path: Path) -> None:
    amounts = '{ usd = "25", jpy = "2500", kwd = "7.50", isk = "3000", all = "2100.5" }'
    file = read(tmp_path, FREE + PRO.replace('{ usd = "25.00" }', amounts))
    assert file.plans[1].monthly == {
        "usd": 2500,
        "jpy": 2500,
        "kwd": 7500,
        "isk": 300000,
        "all": 210050,
    }


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ('monthly = { usd = "-25.00" }', "PRO.monthly: '-25.00' is not an amount"),
        ('monthly = { usd = "25,00" }', "PRO.monthly: '25,00' is not an amount"),
        ('monthly = { usd = "NaN" }', "PRO.monthly: 'NaN' is not an amount"),
        ('monthly = { usd = "25.001" }', "PRO.monthly: '25.001' has more decimals"),
        ('monthly = { jpy = "25.5" }', "PRO.monthly: '25.5' has more decimals"),
        ('monthly = { kwd = "7.505" }', "PRO.monthly: '7.505' has more decimals"),
        ('monthly = { isk = "25.50" }', "PRO.monthly: '25.50' has more decimals"),
        ("monthly = { usd = 25 }", 'PRO.monthly: write the amount as text, usd = "25"'),
        ('monthly = { doge = "25" }', "PRO.monthly: 'doge' is not a currency"),
        ('monthly = { USD = "25" }', "PRO.monthly: 'USD' is not a currency"),
        ('monthly = "25"', "PRO.monthly: must be a table such as"),
        ('weekly = { usd = "7" }', "PRO.weekly: Extra inputs are not permitted"),
        ("", "PRO: has no price"),
        ("maximum_seats = 0", "PRO.maximum_seats: Input should be greater than or equal to 1"),
        ('minimum_seats = "two"', "PRO.minimum_seats: Input should be a valid integer"),
        ("trial_days = -1", "PRO.trial_days: Input should be greater than or equal to 0"),
        ('name = ""', "PRO.name: String should have at least 1 character"),
        ('code = "pro"', "pro.code: String should match pattern"),
    ],
)
def test_a_mistake_is_one_line_that_names_the_place(tmp_path: Path, wrong: str, told: str) -> None:
    field = wrong.split(" = ", maxsplit=1)[0] or "monthly"
    kept = [line for line in PRO.splitlines() if not line.startswith(f"{field} = ")]

    (mistake,) = mistakes(tmp_path, "\n".join([FREE, *kept, wrong]))

    assert mistake.startswith(told)


def test_a_minimum_above_the_maximum_is_a_mistake(tmp_path: Path) -> None:
    assert mistakes(tmp_path, FREE + PRO + "minimum_seats = 51") == [
        "PRO: minimum_seats 51 is more than maximum_seats 50"
    ]


def test_a_code_stands_there_once(tmp_path: Path) -> None:
    assert mistakes(tmp_path, FREE + PRO + PRO) == ["stands there more than once: PRO"]


def test_the_free_plan_is_there_and_costs_nothing(tmp_path: Path) -> None:
    assert mistakes(tmp_path, PRO) == ["a plan FREE is missing"]
    priced = FREE + 'monthly = { usd = "0.00" }'
    assert mistakes(tmp_path, priced) == ["FREE: the free plan has no prices"]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    content = "currency = 'usd'\n" + FREE + 'colour = "red"' + PRO.replace('"Pro"', "7")
    assert mistakes(tmp_path, content) == [
        "FREE.colour: Extra inputs are not permitted",
        "PRO.name: Input should be a valid string",
        "currency: Extra inputs are not permitted",
    ]


def test_what_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    (mistake,) = mistakes(tmp_path, "[[plan]\n")
    assert "line 1" in mistake
    assert mistakes(tmp_path, "plan = 1") == ["plan: Input should be a valid list"]


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(CatalogueFileError, match=r"nowhere\.toml: No such file"):
        read_catalogue_file(tmp_path / "nowhere.toml")
