"""The countries that the pages offer, by ISO 3166-1 code."""

from babel import Locale

_CODES = (
    "AT", "AU", "BE", "BR", "CA", "CH", "CZ", "DE", "DK", "ES", "FI", "FR", "GB", "GR", "HK",
    "HU", "IE", "IN", "IT", "JP", "KR", "LU", "MX", "NL", "NO", "NZ", "PL", "PT", "RO", "SE",
    "SG", "US", "ZA",
)  # fmt: skip
_NAMES = Locale("en").territories

COUNTRIES: list[tuple[str, str]] = sorted(
    ((code, str(_NAMES[code])) for code in _CODES), key=lambda pair: pair[1]
)
