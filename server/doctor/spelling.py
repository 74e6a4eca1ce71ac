"""Variables that look like settings and are none: a misspelt one would be left out in silence."""

import difflib
import os
from collections.abc import Iterable

from server.doctor.finding import Finding, note
from server.settings import PREFIX


def look_at_spelling(known: Iterable[str]) -> list[Finding]:
    """A note for each variable of the environment with our prefix that is not `known`."""
    known = {*known, f"{PREFIX}PORT"}
    unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    return [note(name, "is no setting", remedy=_meant(name, known)) for name in unknown]


def _meant(name: str, known: Iterable[str]) -> str:
    likely = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
    return f"did you mean {likely[0]}?" if likely else "remove it, if it was meant for Seatwise"
