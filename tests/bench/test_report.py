"""The page of the benchmarks says what its figures say, and aims are judged by them."""

from typing import Any

import pytest

from bench import growth_report, report, results
from bench.aims import aims
from bench.background import CARRIED_ON


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


def test_growth_of_the_worker_is_told_of_each_size() -> None:
    idle = {"organizations": 10_000, "due": 0, "statements": 6, "cpu_ms": 2.5, "rss_mb": 115.0}
    swept = idle | {"due": 100, "members": 1_900, "statements": 30, "cpu_ms": 0.2}
    killed = {"what": CARRIED_ON, "organizations": 10_000, "subscriptions": 10_000, "calls": 152}
    part = {"at": "today", "other_work": 0.0, "cores": 2}
    growth = {
        "sweep": part | {"rows": [swept, idle, idle | {"organizations": 100_000, "cpu_ms": 2.6}]},
        "reconciler": part | {"rows": [killed | {"kept": 5_000}]},
    }
    page = "\n".join(growth_report.sections(growth))
    assert "| 10,000 | 100 | 1,900 | 0.20 | 30 | 115 |" in page
    assert "| 10,000 | 0 |" not in page
    assert "6 statements and so many CPU ms: 2.5 among 10,000, 2.6 among 100,000 org" in page
    assert "5,000 were compared when a run was killed: the next one took 152 calls" in page
    assert "organizations due" in growth_report.plot(growth)
