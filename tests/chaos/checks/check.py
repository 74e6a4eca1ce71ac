"""A check: what it looks at, how many of them there were, and what is wrong."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.chaos.evidence import Evidence


@dataclass(frozen=True)
class Finding:
    """What is wrong, and with which organization."""

    organization: str
    what: str

    def __str__(self) -> str:
        return f"{self.organization}: {self.what}"


@dataclass(frozen=True)
class Check:
    """`counted` says how many things were looked at: a check of nothing proves nothing."""

    name: str
    counted: Callable[[Evidence], int]
    wrong: Callable[[Evidence], Iterator[Finding]]
