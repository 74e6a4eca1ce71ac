"""The page of the benchmarks says what its figures say, and aims are judged by them."""

from typing import Any

import pytest

from bench import report, results
from bench.aims import aims


def test_the_page_is_what_the_figures_say() -> None:
    page = report.PAGE.read_text()
    assert report.filled(page, results.load()) == page, "run `python -m bench --page`"


def programs(**cpu_ms: float) -> dict[str, Any]:
    return {name: {"Q1": {"statements": 1, "cpu_ms": [value]}} for name, value in cpu_ms.items()}


@pytest.mark.parametrize(
    ("ours", "by_node", "by_floor"),
    [
        (0.3, "met", "met"),
        (0.9, "missed by a factor of 2.25", "missed by a factor of 3.00"),
    ],
)
def test_an_aim_is_met_or_missed_by_so_much(ours: float, by_node: str, by_floor: str) -> None:
    """The best Node server counts, and a Python peer is none."""
    measured = programs(seatwise=ours, floor=0.2, mercurius=1.2, yoga=2.0, ariadne=0.5)
    assert [aim.verdict for aim in aims(measured, {})] == [by_node, by_floor]


def test_more_processes_should_answer_more() -> None:
    rows = [{"processes": 2, "per_second": 100.0}, {"processes": 4, "per_second": 90.0}]
    [aim] = aims({}, {"processes": {"cores": 2, "rows": rows}})
    assert aim.verdict == "missed by a factor of 2.00"
