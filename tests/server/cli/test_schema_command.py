"""`seatwise schema`: what it checks, what it says of it, and how a release is kept."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from graphql import build_schema

from schema.build import sdl
from schema.fusion import fusion_sdl
from server.cli import contract


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what the command compares with."""
    for name in ("COMMITTED", "RELEASED", "ACCEPTED"):
        copy = tmp_path / getattr(contract, name).name
        copy.write_text(getattr(contract, name).read_text())
        monkeypatch.setattr(contract, name, copy)
    monkeypatch.setattr(contract, "_ROOT", tmp_path)
    return tmp_path


def schema(*arguments: str) -> Result:
    return CliRunner().invoke(contract.schema, arguments)


def release(root: Path, text: str) -> None:
    (root / "released.graphql").write_text(text)


def test_it_is_printed() -> None:
    assert schema().output == sdl()


def test_a_contract_in_order(root: Path) -> None:
    checked = schema("--check")
    assert checked.exit_code == 0, checked.output
    assert "schema.graphql is up to date" in checked.output
    assert "it breaks nothing of Seatwise" in checked.output


def test_a_contract_that_was_not_printed_again(root: Path) -> None:
    (root / "schema.graphql").write_text(sdl().replace("plans: [Plan!]!", "plans: [Plan]"))
    checked = schema("--check")
    assert checked.exit_code == 1
    assert "run `seatwise schema > schema.graphql`" in checked.output
    assert "+  plans: [Plan!]!" in checked.output


def test_a_convention_that_is_broken(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contract, "findings", lambda _schema: ["Plan.name: has no description"])
    checked = schema("--check")
    assert checked.exit_code == 1
    assert "Plan.name: has no description" in checked.output


def test_a_break_is_refused_until_its_reason_is_given(root: Path) -> None:
    release(root, sdl().replace("type PageInfo @shareable {", "type PageInfo {\n  count: Int\n"))
    refused = schema("--check")
    assert refused.exit_code == 1
    entry = "[[accepted]]\nchange = 'FIELD_REMOVED: Field PageInfo.count was removed.'\nreason = ''"
    assert entry in refused.output
    accepted = root / "accepted-breaks.toml"
    accepted.write_text(entry)
    assert "each needs `change` and `reason`" in schema("--check").output
    accepted.write_text(entry.replace("''", "'nobody counts pages'"))
    checked = schema("--check")
    assert checked.exit_code == 0, checked.output
    assert "accepted: FIELD_REMOVED: Field PageInfo.count was removed." in checked.output


def test_a_change_that_may_surprise_is_told_only(root: Path) -> None:
    release(
        root, sdl().replace("union SeatHolder = Member | Invitation", "union SeatHolder = Member")
    )
    checked = schema("--check")
    assert checked.exit_code == 0
    assert "may surprise a client: TYPE_ADDED_TO_UNION: Invitation" in checked.output


def test_a_release_is_kept_and_begins_the_list_of_breaks_anew(root: Path) -> None:
    accepted = root / "accepted-breaks.toml"
    accepted.write_text(
        "# how\n[[accepted]]\nchange = 'FIELD_REMOVED: Field A.b was removed.'\nreason = 'c'"
    )
    assert "accepts what is no break: FIELD_REMOVED: Field A.b" in schema("--check").output
    (root / "released.graphql").unlink()
    assert "`seatwise schema --release` makes it" in schema("--check").output
    assert schema("--release").exit_code == 0
    assert accepted.read_text() == "# how\n"
    assert schema("--check").exit_code == 0


def test_what_a_gateway_composes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATWISE_PUBLIC_URL", "https://seats.example.com/")
    directory = tmp_path / "gateway" / "seatwise"
    assert schema("--fusion", str(directory)).exit_code == 0
    assert (directory / "schema.graphqls").read_text() == fusion_sdl()
    settings = json.loads((directory / "schema-settings.json").read_text())
    assert settings["name"] == "seatwise"
    http = settings["transports"]["http"]
    assert http["url"] == "https://seats.example.com/graphql/fusion"
    assert http["capabilities"]["batching"] == {"variableBatching": True, "requestBatching": True}


def test_a_gateway_is_told_when_batches_are_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEATWISE_GRAPHQL_MAX_BATCH", "0")
    assert schema("--fusion", str(tmp_path)).exit_code == 0
    http = json.loads((tmp_path / "schema-settings.json").read_text())["transports"]["http"]
    assert http["capabilities"]["batching"] == {"variableBatching": False, "requestBatching": False}


def test_one_thing_at_a_time() -> None:
    assert schema("--check", "--release").exit_code == 2


def test_the_roots_of_a_gateways_schema_have_the_names_that_composition_wants() -> None:
    of_gateway = build_schema(fusion_sdl())
    roots = (of_gateway.query_type, of_gateway.mutation_type, of_gateway.subscription_type)
    assert [root and root.name for root in roots] == ["Query", "Mutation", "Subscription"]
