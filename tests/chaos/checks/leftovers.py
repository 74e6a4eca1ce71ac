"""Nothing is left to be done, nothing was given up, and nothing failed that may not fail."""

from collections import Counter
from collections.abc import Iterator

from tests.chaos.checks.check import Check, Finding
from tests.chaos.evidence import Evidence

_NOBODY = "(no organization)"


def _events_lost(evidence: Evidence) -> Iterator[Finding]:
    """What Stripe sent is in the inbox, once; nothing else is."""
    sent, stored = (
        {one["event"] for one in evidence.stripes["deliveries"]},
        {one["id"] for one in evidence.ours["events"]},
    )
    if missing := sent - stored:
        yield Finding(_NOBODY, f"{len(missing)} events never arrived, as {min(missing)}")
    if unknown := stored - sent:
        yield Finding(_NOBODY, f"{len(unknown)} events that Stripe does not know")


def _events_not_done(evidence: Evidence) -> Iterator[Finding]:
    for event in evidence.ours["events"]:
        if event["state"] not in ("DONE", "IGNORED"):
            what = f"event {event['id']} is {event['state']}: {event['error']}"
            yield Finding(event["stripe_customer_id"] or _NOBODY, what)


def _jobs_left(evidence: Evidence) -> Iterator[Finding]:
    left = Counter((one["entrypoint"], one["status"]) for one in evidence.ours["jobs"])
    for (name, status), times in left.items():
        yield Finding(_NOBODY, f"{times} jobs {name} are {status}")


def _unexpected_faults(evidence: Evidence) -> Iterator[Finding]:
    for asked, answer in evidence.faults.items():
        yield Finding(_NOBODY, f"{asked}: {answer}")


def _unexpected_errors(evidence: Evidence) -> Iterator[Finding]:
    for error in evidence.errors:
        yield Finding(_NOBODY, f"logged: {error}")


LEFTOVERS = (
    Check(
        "each event of Stripe's is stored",
        lambda evidence: len(evidence.stripes["deliveries"]),
        _events_lost,
    ),
    Check(
        "none is left in the inbox, or dead",
        lambda evidence: len(evidence.ours["events"]),
        _events_not_done,
    ),
    Check("the queue is empty", lambda evidence: len(evidence.ours["events"]), _jobs_left),
    Check(
        "no answer that nobody expects",
        lambda evidence: sum(life.count.steps for life in evidence.lives.values()),
        _unexpected_faults,
    ),
    Check("no error in the logs", lambda evidence: len(evidence.lives), _unexpected_errors),
)
