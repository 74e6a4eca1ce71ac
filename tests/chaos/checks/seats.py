"""No change added a seat beyond the limit of its moment: the ledger, replayed change by change."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from tests.chaos.checks.check import Check, Finding
from tests.chaos.evidence import Evidence
from tests.chaos.journal import Entry

_ENTITLED = {"TRIALING", "ACTIVE", "PAST_DUE"}


@dataclass
class _Replay:
    """An organization as it stood after each transaction."""

    caps: dict[str, int]
    seats: dict[str, dict[str, Any]] = field(default_factory=dict)
    subscriptions: dict[str, dict[str, Any]] = field(default_factory=dict)

    def apply(self, entry: Entry) -> None:
        rows = self.seats if entry.relation == "seats" else self.subscriptions
        if entry.operation == "DELETE":
            rows.pop(entry.state["id"], None)
        else:
            rows[entry.state["id"]] = entry.state

    @property
    def held(self) -> int:
        return sum(one["ended_at"] is None for one in self.seats.values())

    @property
    def limit(self) -> int:
        current = [one for one in self.subscriptions.values() if one["is_current"]]
        if not current or current[0]["status"] not in _ENTITLED:
            return self.caps["FREE"]
        return min(self.caps[current[0]["plan_code"]], int(current[0]["seats"]))

    @property
    def numbers_clash(self) -> bool:
        numbers = [one["number"] for one in self.seats.values() if one["ended_at"] is None]
        return len(numbers) != len(set(numbers))


def _added_beyond_the_limit(evidence: Evidence) -> Iterator[Finding]:
    """A transaction may leave more than the limit, if it does not leave more than there were."""
    caps = {row["code"]: row["maximum_seats"] for row in evidence.ours["plans"]}
    for organization, entries in evidence.journal.items():
        replay, name = _Replay(caps), evidence.name_of(organization)
        relevant = [one for one in entries if one.relation in ("seats", "subscriptions")]
        for _, changes in groupby(relevant, key=lambda one: one.transaction):
            before = replay.held
            for change in changes:
                replay.apply(change)
            if replay.held > max(before, replay.limit):
                counts = f"{before} seats became {replay.held} where {replay.limit} are"
                yield Finding(name, counts)
            if replay.numbers_clash:
                yield Finding(name, "two seats have one number")


def _unseated(evidence: Evidence) -> Iterator[Finding]:
    for row in evidence.ours["unseated"]:
        name = evidence.name_of(row["organization_id"])
        yield Finding(name, "an active member without a seat, or a seat without one")


SEATS = (
    Check(
        "no seat beyond the limit of its moment",
        lambda evidence: sum(
            one.relation == "seats" and one.operation == "INSERT"
            for entries in evidence.journal.values()
            for one in entries
        ),
        _added_beyond_the_limit,
    ),
    Check(
        "a seat for each active member, and for nobody else",
        lambda evidence: len(evidence.lives),
        _unseated,
    ),
)
