"""What the processes logged, read for errors that nobody expects."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_GRAVE = {"error", "critical"}
_OF_A_SLOW_MACHINE = {"DatabaseBusyError"}
"""What the calendar wants done is done a minute later, when no connection is to be had."""


def read_errors(names: Iterable[str]) -> list[dict[str, Any]]:
    """Lines of level error, and whatever is no line of the log at all, such as a traceback."""
    return [
        {"program": path.stem, **entry}
        for path in map(Path, names)
        for line in path.read_text(errors="replace").splitlines()
        if _is_unexpected(entry := _read(line))
    ]


def _is_unexpected(entry: dict[str, Any]) -> bool:
    kinds = {one["exc_type"] for one in entry.get("exception", [])}
    return entry.get("level") in _GRAVE and not kinds & _OF_A_SLOW_MACHINE


def _read(line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {"level": "error", "message": line}
    return entry if isinstance(entry, dict) else {"level": "error", "message": line}
