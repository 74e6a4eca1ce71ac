"""docs/benchmarks.json: all figures, from which docs/benchmarks.md and its pictures are made."""

import os
import subprocess
from datetime import UTC, datetime
from typing import Any

import orjson
import psutil

from bench.contenders import ROOT

DOCS = ROOT / "docs"
DATA = DOCS / "benchmarks.json"

_LOOK_SECONDS = 3.0

Data = dict[str, Any]
"""`run`: how the programs were measured; `programs`: program, operation, figures of each round;
`growth`: what `bench.growth` measured, by its name."""


def load() -> Data:
    """What was measured before."""
    data: Data = orjson.loads(DATA.read_bytes()) if DATA.exists() else {}
    return data


def save(data: Data) -> None:
    """Write everything."""
    DATA.write_bytes(orjson.dumps(data, option=orjson.OPT_INDENT_2) + b"\n")


def circumstances() -> dict[str, Any]:
    """When and of what; and how many cores other work takes, now that what was measured rests."""
    git = ("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD")
    commit = subprocess.run(git, capture_output=True, text=True, check=False)  # noqa: S603 # constant
    cores = os.cpu_count() or 1
    return {
        "commit": commit.stdout.strip(),
        "at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "cores": cores,
        "other_work": round(psutil.cpu_percent(_LOOK_SECONDS) / 100 * cores, 1),
    }
