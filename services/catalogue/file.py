"""Reading `catalog.toml`: every mistake is told in one line, and all at once."""

import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from db.enums import BillingInterval
from services.money import is_currency, to_minor_units

FREE = "FREE"
"""The plan of who has bought nothing: it has no prices, and every catalogue has it."""

MAXIMUM_SEATS = 1_000_000
"""What Stripe takes as a quantity is more; what a plan can mean is less."""


class CatalogueFileError(Exception):
    """A catalogue that cannot be pushed: one line for each mistake."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTerms:
    """What makes a price this price: any change of it is another price."""

    plan_code: str
    interval: BillingInterval
    currency: str
    unit_amount: int

    @property
    def lookup_key(self) -> str:
        """The key under which Stripe keeps the price that is on sale."""
        plan, interval = self.plan_code.lower(), self.interval.lower()
        return f"seatwise_{plan}_{interval}_{self.currency}"


def _minor_units(amounts: object) -> object:
    """The table of currency and amount, in minor units."""
    if not isinstance(amounts, dict):
        raise ValueError('must be a table such as { usd = "25.00" }')  # noqa: TRY004 # pydantic's protocol
    return {currency: _amount(currency, text) for currency, text in amounts.items()}


def _amount(currency: str, text: object) -> int:
    if not is_currency(currency):
        raise ValueError(f"{currency!r} is not a currency; write its ISO code in lower case")
    if not isinstance(text, str):
        raise ValueError(f'write the amount as text, {currency} = "{text}"')  # noqa: TRY004 # pydantic's protocol
    return to_minor_units(text, currency=currency)


Amounts = Annotated[dict[str, int], BeforeValidator(_minor_units)]
SeatCount = Annotated[int, Field(ge=1, le=MAXIMUM_SEATS)]


class CataloguePlan(BaseModel):
    """One `[[plan]]`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,39}$")]
    name: Annotated[str, Field(min_length=1, max_length=250)]
    description: Annotated[str, Field(min_length=1, max_length=1000)]
    features: list[str] = []
    minimum_seats: SeatCount = 1
    maximum_seats: SeatCount = 1
    trial_days: Annotated[int, Field(ge=0, le=730)] = 0
    monthly: Amounts = {}
    annual: Amounts = {}

    @model_validator(mode="after")
    def _hangs_together(self) -> "CataloguePlan":
        if self.minimum_seats > self.maximum_seats:
            raise ValueError(
                f"minimum_seats {self.minimum_seats} is more than maximum_seats"
                f" {self.maximum_seats}"
            )
        if self.code == FREE and self.prices():
            raise ValueError("the free plan has no prices")
        if self.code != FREE and not self.prices():
            raise ValueError("has no price: give `monthly`, `annual` or both")
        return self

    def prices(self) -> tuple[PriceTerms, ...]:
        """What the plan is sold for."""
        sold = {BillingInterval.MONTHLY: self.monthly, BillingInterval.ANNUAL: self.annual}
        return tuple(
            PriceTerms(
                plan_code=self.code, interval=interval, currency=currency, unit_amount=amount
            )
            for interval, amounts in sold.items()
            for currency, amount in amounts.items()
        )


class CatalogueFile(BaseModel):
    """The whole file. The order of the plans is their rank."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    plan: list[CataloguePlan]

    @property
    def plans(self) -> tuple[CataloguePlan, ...]:
        """The plans, the smallest first."""
        return tuple(self.plan)

    @model_validator(mode="after")
    def _codes(self) -> "CatalogueFile":
        counted = Counter(plan.code for plan in self.plan)
        if twice := [code for code, count in counted.items() if count > 1]:
            raise ValueError(f"stands there more than once: {', '.join(twice)}")
        if FREE not in counted:
            raise ValueError(f"a plan {FREE} is missing")
        return self


def read_catalogue_file(path: Path) -> CatalogueFile:
    """Read and check the file. Raises `CatalogueFileError` with every mistake found."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CatalogueFileError([f"{path}: {error.strerror}"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueFileError([f"{path}: {error}"]) from None
    try:
        return CatalogueFile.model_validate(content)
    except ValidationError as error:
        raise CatalogueFileError(list(_lines(error, content, path=path))) from None


def _lines(error: ValidationError, content: dict[str, Any], *, path: Path) -> Iterator[str]:
    for fault in error.errors(include_url=False):
        place = _place(fault["loc"], content)
        yield f"{path}: {place}{fault['msg'].removeprefix('Value error, ')}"


def _place(location: tuple[int | str, ...], content: dict[str, Any]) -> str:
    """Names a plan by its code, as its writer does: `PRO.monthly: `."""
    match location:
        case ("plan", int(number), *rest):
            plan = content["plan"][number]
            code = plan.get("code") if isinstance(plan, dict) else None
            return ".".join([str(code or f"plan number {number + 1}"), *map(str, rest)]) + ": "
        case ():
            return ""
        case _:
            return ".".join(map(str, location)) + ": "
