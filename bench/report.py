"""The page docs/benchmarks.md: what stands between its marks is written from the figures alone."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from bench import growth_report
from bench.aims import Programs, aims
from bench.plots import bars
from bench.results import DOCS, Data

OPERATIONS = ("Q1", "Q2", "Q3", "Q4", "M1", "W1")
COLUMNS = {
    "cpu_ms": ("CPU ms", ".2f"),
    "per_second": ("requests/s", ",.0f"),
    "p50_ms": ("p50 ms", ".1f"),
    "p99_ms": ("p99 ms", ".1f"),
    "paced_p99_ms": ("p99 ms, same load", ".1f"),
    "rss_mb": ("MB", ".0f"),
    "load_share": ("load's cores", ".2f"),
}
PAGE = DOCS / "benchmarks.md"
BEGIN, END = "<!-- figures: begin -->\n", "<!-- figures: end -->\n"


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, words: int = 1) -> str:
    """A table in Markdown; the first `words` columns are words, the others numbers."""
    lines = [f"| {' | '.join(header)} |"]
    lines.append("|" + " --- |" * words + " ---: |" * (len(header) - words))
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def cpu_table(programs: Programs) -> str:
    """CPU of each program and operation."""
    shown = [name for name in OPERATIONS if any(name in of for of in programs.values())]
    rows = [
        [program, *(f"{median(of[o]['cpu_ms']):.2f}" if o in of else "-" for o in shown)]
        for program, of in programs.items()
    ]
    return table(["program", *shown], rows)


def full_table(programs: Programs) -> str:
    """Every figure, medians of the rounds."""
    rows = [
        [operation, program, str(of[operation]["statements"]), *_cells(of[operation])]
        for operation in OPERATIONS
        for program, of in programs.items()
        if operation in of
    ]
    header = ["operation", "program", "statements", *(title for title, _ in COLUMNS.values())]
    return table(header, rows, words=2)


def _cells(figures: Mapping[str, Any]) -> Iterator[str]:
    for name, (_, style) in COLUMNS.items():
        yield f"{median(figures[name]):{style}}" if figures.get(name) else "-"


def aims_table(programs: Programs, growth: Mapping[str, Any]) -> str:
    """What was aimed at, and what came out."""
    rows = [
        [
            aim.what,
            f"{'at least' if aim.at_least else 'at most'} {aim.limit:.3g}",
            f"{aim.seen:.2f}" if aim.seen < 10 else f"{aim.seen:.0f}",  # noqa: PLR2004 - digits that say something
            f"**{aim.verdict}**" if aim.verdict != "met" else "met",
            aim.details,
        ]
        for aim in aims(programs, growth)
    ]
    return table(["aim", "", "seen", "", "from"], rows, words=5)


def write(data: Data) -> None:
    """The figures of `data` between the marks of the page, and the pictures."""
    PAGE.write_text(filled(PAGE.read_text(), data))
    programs, growth = data.get("programs", {}), data.get("growth", {})
    (DOCS / "benchmarks.svg").write_text(bars(programs, OPERATIONS))
    if growth:
        (DOCS / "growth.svg").write_text(growth_report.plot(growth))


def filled(page: str, data: Data) -> str:
    """The page with what the figures say between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + "\n".join(_sections(data)) + END + after


def _sections(data: Data) -> Iterator[str]:
    programs, growth = data.get("programs", {}), data.get("growth", {})
    if run := data.get("run"):
        yield "### Aims\n"
        yield aims_table(programs, growth)
        yield "### Programs\n"
        yield _circumstances(run)
        yield "".join(f"- **{name}**: {what}\n" for name, what in run["legend"].items())
        yield "CPU of the server process, ms per request:\n"
        yield cpu_table(programs)
        yield "![CPU per request](benchmarks.svg)\n"
        yield "Everything, medians of the rounds:\n"
        yield full_table(programs)
    if growth:
        yield from growth_report.sections(growth)


NEXT_TO_NOTHING = 0.3
"""Cores: Postgres still cleans up a little."""


def _circumstances(run: Mapping[str, Any]) -> str:
    return (
        f"{run['at']}, commit {run['commit']}; {run['organizations']:,} organizations,"
        f" {run['members']:,} members, {run['rounds']} rounds on {run['cores']} cores."
        f" {busy(run)}\n"
    )


def busy(run: Mapping[str, Any]) -> str:
    """How far latencies can be trusted."""
    seen = f"of {run['cores']} cores, other work took {run['other_work']} right after it"
    if run["other_work"] <= NEXT_TO_NOTHING:
        return f"The machine did nothing else: {seen}."
    return (
        f"The machine was busy: {seen}. Requests per second and latencies are as much that work's"
        " as the program's. CPU time suffers less, yet caches and clock speed are shared too:"
        " expect a factor of 1.3."
    )
