"""What was aimed at, and by how much a run meets or misses it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

OURS, FLOOR = "seatwise", "floor"
NODE = frozenset({"mercurius", "yoga", "apollo", "postgraphile"})
MEMORY_MB = 120

Programs = Mapping[str, Mapping[str, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Aim:
    """`seen` should be at most `limit`."""

    what: str
    limit: float
    seen: float
    details: str
    at_least: bool = False

    @property
    def verdict(self) -> str:
        """Met, or missed by which factor."""
        if (self.seen >= self.limit) if self.at_least else (self.seen <= self.limit):
            return "met"
        factor = self.limit / self.seen if self.at_least else self.seen / self.limit
        return f"missed by a factor of {factor:.2f}"


def aims(programs: Programs, growth: Mapping[str, Any]) -> list[Aim]:
    """Those that the figures can tell of."""
    found = [*_against_node(programs), *_against_floor(programs), *_latency(programs)]
    found += [*_memory(programs), *_processes(growth)]
    return found


def _best(
    programs: Programs, operation: str, figure: str, among: Callable[[str], bool]
) -> tuple[float, str] | None:
    values = [
        (median(of[operation][figure]), name)
        for name, of in programs.items()
        if among(name) and of.get(operation, {}).get(figure)
    ]
    return min(values, default=None)


def _ratio(
    programs: Programs, operation: str, figure: str, among: Callable[[str], bool]
) -> tuple[float, str] | None:
    """Ours by the best of the others, and the sentence that says so."""
    ours = _best(programs, operation, figure, lambda name: name == OURS)
    other = _best(programs, operation, figure, among)
    if ours is None or other is None:
        return None
    unit = "CPU ms" if figure == "cpu_ms" else "ms"
    return ours[0] / other[0], f"{ours[0]:.2f} against {other[0]:.2f} {unit} of {other[1]}"


def _against_node(programs: Programs) -> Iterator[Aim]:
    for operation, limit in {"Q1": 1 / 3, "Q2": 1 / 3, "Q3": 1 / 3, "M1": 1 / 2}.items():
        if found := _ratio(programs, operation, "cpu_ms", lambda name: name in NODE):
            yield Aim(f"{operation}: CPU by that of the best Node server", limit, *found)


def _against_floor(programs: Programs) -> Iterator[Aim]:
    for operation, limit in {"Q1": 1.5, "Q2": 2.0, "Q3": 1.5}.items():
        if found := _ratio(programs, operation, "cpu_ms", lambda name: name == FLOOR):
            yield Aim(f"{operation}: CPU by the floor's", limit, *found)


def _latency(programs: Programs) -> Iterator[Aim]:
    for operation in ("Q1", "Q2", "Q3", "M1"):
        found = _ratio(programs, operation, "paced_p99_ms", lambda name: name not in {OURS, FLOOR})
        if found:
            yield Aim(f"{operation}: p99 at the same load, by the best peer's", 1.0, *found)


def _memory(programs: Programs) -> Iterator[Aim]:
    if found := _best(programs, "Q2", "crowd_mb", lambda name: name == OURS):
        yield Aim("memory at 50 concurrent Q2, MB", MEMORY_MB, found[0], f"{found[0]:.0f} MB")


def _processes(growth: Mapping[str, Any]) -> Iterator[Aim]:
    rates = {row["processes"]: row for row in growth.get("processes", {}).get("rows", [])}
    if not {2, 4} <= set(rates):
        return
    two, four = rates[2]["per_second"], rates[4]["per_second"]
    details = f"{four:,.0f} against {two:,.0f} requests/s on {growth['processes']['cores']} cores"
    yield Aim("four processes by two: requests/s", 1.8, four / two, details, at_least=True)
