"""The options of `python -m bench.growth`: which parts, and of what size."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from bench.dataset import ORGANIZATIONS

PARTS = {
    "scales": "Q1, Q2 and Q3 on more organizations",
    "pages": "longer pages of members of one organization",
    "clients": "Q1, asked by more clients at once",
    "processes": "Q1 of 64 clients, answered by more processes on both cores",
    "live": "an event of one organization, told to more subscribers (SSE)",
    "sweep": "expiries: a sweep that finds nothing, and of more organizations due at once",
    "reconciler": "all of a Stripe account compared; renewals; a run that was killed",
    "starts": "from the command to the first answer: time, CPU, memory",
}
SCALED = frozenset({"scales", "sweep", "reconciler"})
"""Measured on each of the scales, the others on the first."""
QUICK = "--organizations 2000 --scales 1 --pages 10 50 --clients 1 16 --processes 1 2"
QUICK += " --subscribers 1 50 --due 50 500 --subscriptions 200 2000 --starts 2 --seconds 1"


def read_options(about: str, arguments: Sequence[str]) -> argparse.Namespace:
    """What is asked for; `--quick` is a set of options to which the others are added."""
    parser = _parser(about)
    given = parser.parse_args(arguments)
    return parser.parse_args([*QUICK.split(), *arguments]) if given.quick else given


def _parser(about: str) -> argparse.ArgumentParser:
    parts = "".join(f"\n  {name:10} {what}" for name, what in PARTS.items())
    parser = argparse.ArgumentParser(
        prog="python -m bench.growth",
        description=f"{about}\nThe parts:{parts}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = list(PARTS)
    parser.add_argument(
        "--only", nargs="+", metavar="PART", choices=names, default=names, help="of them; all"
    )
    parser.add_argument("--quick", action="store_true", help=f"print, and write no page: {QUICK}")
    parser.add_argument("--seconds", type=float, default=3.0, help="of a measurement at most (3)")
    parser.add_argument("--data", type=Path, help="a directory that keeps the data for next time")
    parser.add_argument(
        "--organizations", type=int, default=ORGANIZATIONS, help="a multiple of 10 (10000)"
    )
    _add_sizes(
        parser,
        "scales",
        (1, 10),
        "times as many organizations; with 100 `scales` alone takes ten minutes and 35 GB",
    )
    _add_sizes(parser, "pages", (10, 50, 100), "members on a page")
    _add_sizes(parser, "clients", (1, 4, 16, 64, 256), "connections that ask at once")
    _add_sizes(parser, "processes", (1, 2, 4), "processes of the server")
    _add_sizes(parser, "subscribers", (1, 100, 1000), "event streams")
    _add_sizes(parser, "due", (100, 1000, 5000), "organizations whose grace has passed at once")
    _add_sizes(parser, "subscriptions", (1000, 10_000), "living subscriptions of the account")
    parser.add_argument("--starts", type=int, default=5, help="how often it is started (5)")
    return parser


def _add_sizes(
    parser: argparse.ArgumentParser, name: str, default: tuple[int, ...], what: str
) -> None:
    shown = " ".join(str(one) for one in default)
    parser.add_argument(
        f"--{name}", nargs="+", type=int, default=default, metavar="N", help=f"{what} ({shown})"
    )
