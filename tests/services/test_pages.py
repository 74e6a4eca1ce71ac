"""Cursors that nobody was given: each is refused, whatever stands in it."""

from uuid import UUID

import pytest

from services.pages import encode_cursor, page_request, parse_moment, parse_number
from services.refusals import InvalidInput

ID = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    "moment",
    [
        "2026-01-31T12:00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "yesterday",
        7,
        None,
    ],
)
def test_a_moment_that_postgres_would_not_take_is_no_cursor(moment: object) -> None:
    cursor = encode_cursor(moment, ID)  # type: ignore[arg-type] # as nobody encodes it
    with pytest.raises(InvalidInput):
        page_request(first=1, after=cursor, with_total=False, key=(parse_moment, UUID))


@pytest.mark.parametrize("number", [2**31, -1, 1.5, "1", True, None])
def test_a_number_that_postgres_would_not_take_is_no_cursor(number: object) -> None:
    cursor = encode_cursor(number)  # type: ignore[arg-type] # as nobody encodes it
    with pytest.raises(InvalidInput):
        page_request(first=1, after=cursor, with_total=False, key=(parse_number,))
