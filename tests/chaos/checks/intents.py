"""Each intent ended exactly once, and stayed as it ended."""

from collections import defaultdict
from collections.abc import Iterator

from tests.chaos.checks.check import Check, Finding
from tests.chaos.evidence import Evidence
from tests.chaos.journal import Entry


def _not_ended_once(evidence: Evidence) -> Iterator[Finding]:
    for organization, entries in evidence.journal.items():
        lives: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            if entry.relation == "intents":
                lives[entry.state["id"]].append(entry)
        for key, changes in lives.items():
            closed = [one for one in changes if one.state["status"] != "OPEN"]
            if len(closed) != 1 or changes[-1] is not closed[0]:
                path = [f"{one.state['status']}/{one.state['attempt']}" for one in changes]
                what = f"{changes[0].state['kind']} {key} went {' -> '.join(path)}"
                yield Finding(evidence.name_of(organization), what)


INTENTS = (
    Check(
        "each intent ended once", lambda evidence: len(evidence.ours["intents"]), _not_ended_once
    ),
)
