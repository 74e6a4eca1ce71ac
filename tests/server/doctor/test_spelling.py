"""The doctor names what would be left out in silence."""

import pytest

from server.doctor.spelling import look_at_spelling

KNOWN = ["SEATWISE_GRACE_DAYS", "SEATWISE_GRAPHQL_ONLY_TRUSTED"]


def test_a_misspelt_setting_is_named_with_the_one_that_was_meant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SEATWISE_GRAPHQL_ONLY_TRUSTD", "true")
    monkeypatch.setenv("SEATWISE_GRACE_DAYS", "3")
    found = {one.subject: one.remedy for one in look_at_spelling(KNOWN)}
    assert found["SEATWISE_GRAPHQL_ONLY_TRUSTD"] == "did you mean SEATWISE_GRAPHQL_ONLY_TRUSTED?"
    assert "SEATWISE_GRACE_DAYS" not in found
