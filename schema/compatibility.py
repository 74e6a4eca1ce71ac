"""What has changed in the contract since the last release, and what of it breaks clients.

graphql-core decides what breaks (`find_breaking_changes`) and what may surprise
(`find_dangerous_changes`): its rules are those of graphql-js, which graphql-inspector follows, too.
A break that is meant stands in a file with its reason; see docs/adr/0020-contract.md.
"""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from graphql import GraphQLField, GraphQLNonNull, GraphQLSchema, build_schema
from graphql.utilities import (
    BreakingChange,
    DangerousChange,
    find_breaking_changes,
    find_dangerous_changes,
)

from schema.conventions.walking import directives_on, fields_of


class AcceptedBreaksError(ValueError):
    """The list of accepted breaks is not of its form."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The changes since the released contract, each as one line."""

    breaks: list[str]
    """They break clients, and nobody has accepted them."""
    stale: list[str]
    """Accepted, but there is no such break."""
    accepted: list[str]
    dangerous: list[str]
    """They break no document, but may surprise a client: a new value of an enum."""


def compare(released: str, current: str, *, accepted: dict[str, str]) -> Comparison:
    """Compare two schemas by their texts. `accepted` has the reason by the break."""
    old, new = build_schema(released), build_schema(current)
    found = [*_lines(find_breaking_changes(old, new)), *_promises_withdrawn(old, new)]
    return Comparison(
        breaks=[one for one in found if one not in accepted],
        stale=[one for one in accepted if one not in found],
        accepted=[one for one in found if one in accepted],
        dangerous=_lines(find_dangerous_changes(old, new)),
    )


def _lines(changes: Iterable[BreakingChange | DangerousChange]) -> list[str]:
    return [f"{change.type.name}: {change.description}" for change in changes]


def _promises_withdrawn(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[str]:
    """Clients made types by `@semanticNonNull`. graphql-core does not look at directives in use."""
    now = dict(fields_of(new))
    for place, field in fields_of(old):
        kept = place not in now or isinstance(now[place].type, GraphQLNonNull)
        if not kept and _never_null(field) and not _never_null(now[place]):
            yield f"SEMANTIC_NON_NULL_REMOVED: {place} may be null without an error."


def _never_null(field: GraphQLField) -> bool:
    return bool(directives_on(field, "semanticNonNull"))


def read_accepted(text: str) -> dict[str, str]:
    """The accepted breaks of a TOML text: `[[accepted]]` with `change` and `reason`.

    Raises:
        AcceptedBreaksError: when one of them lacks either, or it is no TOML.
    """
    try:
        entries = tomllib.loads(text).get("accepted", [])
    except tomllib.TOMLDecodeError as error:
        raise AcceptedBreaksError(str(error)) from None
    for entry in entries:
        if not str(entry.get("change", "")).strip() or not str(entry.get("reason", "")).strip():
            raise AcceptedBreaksError(f"each needs `change` and `reason`: {entry}")
    return {entry["change"]: entry["reason"] for entry in entries}
