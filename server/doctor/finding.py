from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """How something was found. Only a problem makes the command fail."""

    GOOD = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `remedy` says what to do about it."""

    subject: str
    state: State
    text: str
    remedy: str = ""


def good(subject: str, text: str) -> Finding:
    """It is as it should be."""
    return Finding(subject, State.GOOD, text)


def note(subject: str, text: str, *, remedy: str = "") -> Finding:
    """It is as one may have wanted it; worth knowing."""
    return Finding(subject, State.NOTE, text, remedy)


def problem(subject: str, text: str, *, remedy: str) -> Finding:
    """Something will not work."""
    return Finding(subject, State.PROBLEM, text, remedy)
