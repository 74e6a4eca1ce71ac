"""The figures as a table, as a page with a plot, and as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from bench.contenders import Contender
from bench.dataset import Dataset
from bench.measuring import Figures

OPERATIONS = ("Q1", "Q2", "Q3", "Q4", "M1", "W1")
COLUMNS = ("cpu_ms", "per_second", "p50_ms", "p99_ms", "rss_mb")
BEGIN, END = "<!-- figures: begin -->\n", "<!-- figures: end -->\n"
BAR, GAP, LEFT, WIDTH = 16, 14, 110, 560


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of a program and an operation."""

    statements: int
    figures: Figures


Results = Mapping[str, Mapping[str, Measured]]


def table(results: Results) -> str:
    """CPU first, then everything else."""
    lines = ["CPU of the server process, ms per request:", ""]
    shown = [name for name in OPERATIONS if any(name in of for of in results.values())]
    lines += [f"| program | {' | '.join(shown)} |", "| --- |" + " ---: |" * len(shown)]
    for program, of in results.items():
        cells = [f"{of[o].figures.median('cpu_ms'):.2f}" if o in of else "-" for o in shown]
        lines.append(f"| {program} | {' | '.join(cells)} |")
    lines += ["", "Everything, medians of the rounds:", ""]
    lines += ["| operation | program | statements | CPU ms | requests/s | p50 ms | p99 ms | MB |"]
    lines += ["| --- | --- |" + " ---: |" * 6]
    for operation in shown:
        for program, of in results.items():
            if operation in of:
                lines.append(_row(operation, program, of[operation]))
    return "\n".join(lines) + "\n"


def _row(operation: str, program: str, measured: Measured) -> str:
    cpu, rate, p50, p99, rss = (measured.figures.median(column) for column in COLUMNS)
    return (
        f"| {operation} | {program} | {measured.statements} | {cpu:.2f} | {rate:,.0f} |"
        f" {p50:.1f} | {p99:.1f} | {rss:.0f} |"
    )


def as_data(results: Results) -> dict[str, Any]:
    """Every round of everything."""
    return {
        program: {
            operation: {"statements": one.statements}
            | {column: getattr(one.figures, column) for column in (*COLUMNS, "load_share")}
            for operation, one in of.items()
        }
        for program, of in results.items()
    }


def write(
    docs: Path, results: Results, chosen: Sequence[Contender], *, rounds: int, dataset: Dataset
) -> None:
    """Put the figures between the marks of docs/benchmarks.md, and draw the plot."""
    page = docs / "benchmarks.md"
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    legend = "".join(f"- **{one.name}**: {one.what}\n" for one in chosen)
    facts = (
        f"{dataset.organizations:,} organizations, {dataset.members:,} members, {rounds} rounds.\n"
    )
    figures = f"{facts}\n{legend}\n{table(results)}\n![CPU per request](benchmarks.svg)\n"
    page.write_text(before + BEGIN + figures + END + after)
    (docs / "benchmarks.svg").write_text(plot(results))


def plot(results: Results) -> str:
    """CPU per request as bars: a group for each operation, drawn to the group's own scale."""
    y, parts = 10, list[str]()
    for operation in OPERATIONS:
        rows = [
            (program, of[operation].figures.median("cpu_ms"))
            for program, of in results.items()
            if operation in of
        ]
        if not rows:
            continue
        parts.append(f'<text x="4" y="{y + 12}" font-weight="bold">{operation}, CPU ms</text>')
        y += BAR + 2
        longest = max(value for _, value in rows)
        for program, value in rows:
            parts.append(_bar(program, value, y, longest=longest))
            y += BAR
        y += GAP
    size = f'width="{LEFT + WIDTH + 70}" height="{y}"'
    style = 'font-family="sans-serif" font-size="12" fill="#333"'
    body = "\n".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>\n{body}\n</svg>\n'


def _bar(program: str, value: float, y: int, *, longest: float) -> str:
    width = max(1, round(value / longest * WIDTH))
    colour = {"seatwise": "#2563eb", "floor": "#16a34a"}.get(program, "#94a3b8")
    return (
        f'<text x="{LEFT - 6}" y="{y + 12}" text-anchor="end">{escape(program)}</text>'
        f'<rect x="{LEFT}" y="{y + 2}" width="{width}" height="{BAR - 4}" fill="{colour}"/>'
        f'<text x="{LEFT + width + 5}" y="{y + 12}">{value:.2f}</text>'
    )
