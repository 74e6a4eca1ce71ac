"""Each mail has one cause, one recipient and one Message-ID, and was sent."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.chaos.checks.check import Check, Finding
from tests.chaos.evidence import Evidence

_NOBODY = "(no organization)"


def _written_twice(evidence: Evidence) -> Iterator[Finding]:
    rows = evidence.ours["mails"]
    written = Counter((one["organization_id"], one["cause"], one["recipient"]) for one in rows)
    for (organization, cause, recipient), times in written.items():
        if times > 1:
            name = evidence.name_of(organization)
            yield Finding(name, f"{times} mails to {recipient} because of {cause}")
    for message_id, times in Counter(one["message_id"] for one in rows).items():
        if times > 1:
            yield Finding(_NOBODY, f"{times} mails are called {message_id}")


def _sent_wrongly(evidence: Evidence) -> Iterator[Finding]:
    """A mail that is sent again after a crash is the same one: its Message-ID says so."""
    arrived: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for mail in evidence.mailbox:
        arrived[mail["Message-ID"]].add((mail["To"], mail["Subject"]))
    for row in evidence.ours["mails"]:
        wanted = {(row["recipient"], row["subject"])}
        if (found := arrived.pop(row["message_id"], set())) != wanted or row["sent_at"] is None:
            name = evidence.name_of(row["organization_id"])
            yield Finding(name, f"{row['kind']} to {row['recipient']}: {found} arrived")
    for message_id in arrived:
        yield Finding(_NOBODY, f"{message_id} arrived, and nobody wrote it")


MAILS = (
    Check(
        "each mail has one cause and one recipient",
        lambda evidence: len(evidence.ours["mails"]),
        _written_twice,
    ),
    Check(
        "each mail arrived, under one Message-ID",
        lambda evidence: len(evidence.mailbox),
        _sent_wrongly,
    ),
)
