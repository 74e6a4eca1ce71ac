"""The part of docs/benchmarks.md about growth: tables and curves from the figures alone."""

from collections.abc import Callable, Iterator, Mapping
from statistics import median
from typing import Any

from bench import report
from bench.background import COMPARED
from bench.plots import Curve, panels

MEASURES = {
    "members": ("members", ",.0f"),
    "cpu_ms": ("CPU ms", ".2f"),
    "per_second": ("requests/s", ",.0f"),
    "organizations_per_second": ("organizations/s", ",.0f"),
    "members_per_second": ("members/s", ",.0f"),
    "calls": ("calls of Stripe", ",.0f"),
    "statements": ("statements", ",.0f"),
    "seconds": ("s", ",.1f"),
    "transaction_ms": ("longest transaction, ms", ",.0f"),
    "p50_ms": ("p50 ms", ".1f"),
    "p99_ms": ("p99 ms", ".1f"),
    "rss_mb": ("MB", ".0f"),
    "load_share": ("load's cores", ".2f"),
}
PARTS = {
    "scales": ("More data", ("operation", "organizations")),
    "pages": ("Longer pages: `members(first: n)` of one organization", ("first",)),
    "clients": ("More clients: Q1 by so many at once, one process on one core", ("clients",)),
    "processes": ("More processes: Q1 by 64 clients, on all cores", ("processes",)),
    "live": ("More subscribers: one event of an organization", ("subscribers",)),
    "sweep": ("Expiries: so many organizations due at once", ("organizations", "due")),
    "reconciler": ("The reconciler, and renewals", ("what", "organizations", "subscriptions")),
}


def sections(growth: Mapping[str, Any]) -> Iterator[str]:
    """A table for each part that was measured, and the picture."""
    yield "### Growth\n"
    yield "![Growth](growth.svg)\n"
    for name, (title, about) in PARTS.items():
        if part := growth.get(name):
            yield f"**{title}.** {_when(part)}\n"
            yield _table([row for row in part["rows"] if not _is_idle(row)], about)
            if name in SENTENCES:
                yield SENTENCES[name](part["rows"])
    if part := growth.get("starts"):
        yield f"**Start-up.** {_when(part)} {_starts(part['rows'])}\n"


def _when(part: Mapping[str, Any]) -> str:
    return f"({part['at']}; other work took {part['other_work']} of {part['cores']} cores)"


def _table(rows: list[dict[str, Any]], about: tuple[str, ...]) -> str:
    shown = [name for name in MEASURES if name in rows[0]]
    ordered = sorted(rows, key=lambda row: [row[name] for name in about])
    cells = [
        [f"{row[name]:,}" if isinstance(row[name], int) else row[name] for name in about]
        + [f"{row[name]:{MEASURES[name][1]}}" for name in shown]
        for row in ordered
    ]
    return report.table([*about, *(MEASURES[name][0] for name in shown)], cells)


def _per_subscriber(rows: list[dict[str, Any]]) -> str:
    most = max(rows, key=lambda row: row["subscribers"])
    each = most["cpu_ms"] / most["subscribers"]
    number = most["subscribers"]
    return f"With {number:,} subscribers an event costs {each:.2f} CPU ms for each of them.\n"


def _is_idle(row: Mapping[str, Any]) -> bool:
    return row.get("due") == 0


def _idle_sweeps(rows: list[dict[str, Any]]) -> str:
    idle = sorted(filter(_is_idle, rows), key=lambda row: row["organizations"])
    each = ", ".join(f"{row['cpu_ms']:.1f} among {row['organizations']:,}" for row in idle)
    return (
        f"CPU ms are those of an organization. A sweep that finds nothing, as every minute, takes"
        f" {idle[0]['statements']} statements and so many CPU ms: {each} organizations.\n"
    )


def _carried_on(rows: list[dict[str, Any]]) -> str:
    told = "CPU ms are those of a subscription, calls and statements all of them."
    for row in rows:
        if kept := row.get("kept"):
            number = row["subscriptions"]
            told += (
                f" Of {number:,} subscriptions and as many customers, {kept:,} were compared when"
                f" a run was killed: the next one took {row['calls']:,} calls for the rest."
            )
    return f"{told}\n"


SENTENCES: Mapping[str, Callable[[list[dict[str, Any]]], str]] = {
    "live": _per_subscriber,
    "sweep": _idle_sweeps,
    "reconciler": _carried_on,
}


def _starts(rows: list[dict[str, Any]]) -> str:
    seconds, cpu, memory = (
        median(row[name] for row in rows) for name in ("seconds", "cpu_ms", "rss_mb")
    )
    return (
        f"From the command to the first answer of `/readyz` {seconds:.1f} s, {cpu / 1000:.1f} s of"
        f" CPU; {memory:.0f} MB are resident then (medians of {len(rows)})."
    )


def plot(growth: Mapping[str, Any]) -> str:
    """CPU by each kind of growth."""
    titled: dict[str, Mapping[str, Curve]] = {}
    if part := growth.get("scales"):
        names = sorted({row["operation"] for row in part["rows"]})
        titled["CPU ms by organizations"] = {
            name: _curve([r for r in part["rows"] if r["operation"] == name], "organizations")
            for name in names
        }
    for name, about, title in (
        ("pages", "first", "CPU ms by members on a page"),
        ("clients", "clients", "CPU ms of Q1 by clients"),
        ("live", "subscribers", "CPU ms of an event by subscribers"),
    ):
        if part := growth.get(name):
            titled[title] = {"CPU": _curve(part["rows"], about)}
    if part := growth.get("clients"):
        titled["Q1: latency, ms, by clients"] = {
            "p50": _curve(part["rows"], "clients", "p50_ms"),
            "p99": _curve(part["rows"], "clients", "p99_ms"),
        }
    if part := growth.get("processes"):
        curve = _curve(part["rows"], "processes", "per_second")
        titled["Q1: requests/s by processes"] = {"requests": curve}
    return panels(titled | _of_the_worker(growth))


def _of_the_worker(growth: Mapping[str, Any]) -> dict[str, Mapping[str, Curve]]:
    """A curve for each size of the data set."""
    swept = [row for row in growth.get("sweep", {}).get("rows", []) if not _is_idle(row)]
    compared = [
        row for row in growth.get("reconciler", {}).get("rows", []) if row["what"] == COMPARED
    ]
    found = {
        "Sweep: CPU ms by organizations due": _by_organizations(swept, "due"),
        "Reconciler: CPU ms by subscriptions": _by_organizations(compared, "subscriptions"),
    }
    return {title: curves for title, curves in found.items() if curves}


def _by_organizations(rows: list[dict[str, Any]], x: str) -> dict[str, Curve]:
    sizes = sorted({row["organizations"] for row in rows})
    return {
        f"{size:,}": _curve([row for row in rows if row["organizations"] == size], x)
        for size in sizes
    }


def _curve(rows: list[dict[str, Any]], x: str, y: str = "cpu_ms") -> Curve:
    return sorted((row[x], row[y]) for row in rows)
