"""What has changed since the released contract, and what of it breaks clients."""

import pytest

from schema.compatibility import AcceptedBreaksError, compare, read_accepted

RELEASED = """
directive @semanticNonNull on FIELD_DEFINITION
enum Colour { RED BLUE }
type Query { colour(of: ID): Colour size: Int shape: String @semanticNonNull weight: Int }
"""
SIZE_REMOVED = "FIELD_REMOVED: Field Query.size was removed."


def test_nothing_changed() -> None:
    compared = compare(RELEASED, RELEASED, accepted={})
    assert (compared.breaks, compared.stale, compared.accepted, compared.dangerous) == (
        [],
        [],
        [],
        [],
    )


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("size: Int", "", SIZE_REMOVED),
        (
            "size: Int",
            "size: String",
            "FIELD_CHANGED_KIND: Field Query.size changed type from",
        ),
        (
            "of: ID",
            "of: ID!",
            "ARG_CHANGED_KIND: Argument Query.colour(of:) has changed type from ID to",
        ),
        ("RED BLUE", "RED", "VALUE_REMOVED_FROM_ENUM: Enum value Colour.BLUE was removed."),
        (
            " @semanticNonNull weight",
            " weight",
            "SEMANTIC_NON_NULL_REMOVED: Query.shape may be null",
        ),
    ],
)
def test_a_break_is_found_until_it_is_accepted(old: str, new: str, found: str) -> None:
    current = RELEASED.replace(old, new)
    (broken,) = compare(RELEASED, current, accepted={}).breaks
    assert broken.startswith(found)
    accepted = compare(RELEASED, current, accepted={broken: "meant"})
    assert (accepted.breaks, accepted.accepted, accepted.stale) == ([], [broken], [])


def test_what_may_surprise_is_told_and_breaks_nothing() -> None:
    compared = compare(RELEASED, RELEASED.replace("RED", "RED GREEN"), accepted={})
    assert compared.breaks == []
    assert compared.dangerous == ["VALUE_ADDED_TO_ENUM: Enum value Colour.GREEN was added."]


def test_a_promise_may_become_a_stronger_one() -> None:
    current = RELEASED.replace("shape: String @semanticNonNull", "shape: String!")
    assert compare(RELEASED, current, accepted={}).breaks == []


def test_what_is_accepted_in_vain_is_told() -> None:
    assert compare(RELEASED, RELEASED, accepted={SIZE_REMOVED: "meant"}).stale == [SIZE_REMOVED]


def test_the_list_of_accepted_breaks() -> None:
    text = f"[[accepted]]\nchange = '{SIZE_REMOVED}'\nreason = 'nobody asked'\n"
    assert read_accepted(text) == {SIZE_REMOVED: "nobody asked"}
    assert read_accepted("# nothing") == {}
    for bad in (text.replace("nobody asked", " "), "[[accepted]]\nreason = 'why'", "accepted ="):
        with pytest.raises(AcceptedBreaksError):
            read_accepted(bad)
