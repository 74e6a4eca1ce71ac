"""The doctor names what would be left out in silence, and files that are not there."""

from pathlib import Path

import pytest

from server.doctor.finding import State
from server.doctor.looks import look_at_documents
from server.doctor.spelling import look_at_spelling
from server.settings import Settings

KNOWN = ["SEATWISE_GRACE_DAYS", "SEATWISE_GRAPHQL_ONLY_TRUSTED"]


def test_a_misspelt_setting_is_named_with_the_one_that_was_meant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SEATWISE_GRAPHQL_ONLY_TRUSTD", "true")
    monkeypatch.setenv("SEATWISE_GRACE_DAYS", "3")
    found = {one.subject: one.remedy for one in look_at_spelling(KNOWN)}
    assert found["SEATWISE_GRAPHQL_ONLY_TRUSTD"] == "did you mean SEATWISE_GRAPHQL_ONLY_TRUSTED?"
    assert "SEATWISE_GRACE_DAYS" not in found


async def test_trusted_documents_that_cannot_be_read_are_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "documents.json"
    settings = Settings.model_validate({"graphql": {"trusted_documents": path}})
    assert [one.state for one in await look_at_documents(settings)] == [State.PROBLEM]
    path.write_text('{"a": "{ viewer { id } }"}')
    assert [one.text for one in await look_at_documents(settings)] == [f"1 in {path}"]
    assert await look_at_documents(Settings()) == []
