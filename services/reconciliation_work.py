"""A comparison as one process works on it: who watches, how patient it is, what it has counted."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

import structlog

from db.enums import ReconciliationPhase
from db.models import Reconciliation
from services.mirror_comparison import Difference
from services.reconciliation_runs import ReconciliationRuns
from services.stripe_gateway import StripeUnavailableError

log = structlog.get_logger(__name__)

TRIES = 5
LONGEST_WAIT = timedelta(minutes=10)
"""Whom Stripe tells to wait for longer stops; the next run goes on from there."""
_HEARTBEAT_SECONDS = 30

BEFORE_ALL = UUID(int=0)

T = TypeVar("T")


def _unheard(_: Difference) -> None:
    """Nobody listens."""


def _unwatched(_: int) -> None:
    """Nobody watches the progress."""


@dataclass(slots=True)
class Watching:
    """Who is told what is found, and how much more of ours has been compared; and who may stop it.

    A run that is stopped is carried on by the next one.
    """

    found: Callable[[Difference], None] = _unheard
    advanced: Callable[[int], None] = _unwatched
    stop: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a run did, from its beginning, whoever began it."""

    compared: int = 0
    drifted: int = 0
    failed: int = 0
    """Organizations that could not be repaired: their drift stays open."""
    finished: bool = True


@dataclass(slots=True)
class Work:
    """A run, and what this process knows of it beside its row."""

    run: Reconciliation
    runs: ReconciliationRuns
    customer_id: str | None
    watching: Watching
    repaired: UUID = BEFORE_ALL
    """The last drift that was tried: one that cannot be repaired is tried once in a run."""
    failed: int = 0
    is_over: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether there is more to do, and nobody has stopped us."""
        return not self.is_over and not self.watching.stop.is_set()

    def enter(self, phase: ReconciliationPhase | None) -> None:
        """Begin a phase; None: there is no other."""
        if phase is None:
            self.is_over = True
        else:
            self.run.phase, self.run.listed, self.run.cursor = phase, False, None

    async def found(
        self, differences: tuple[Difference, ...], *, sighted: list[str] | None = None
    ) -> None:
        """Write the step down, and tell who watches."""
        self.run.drifted += len(differences)
        await self.runs.advance(self.run, sighted=sighted or (), differences=differences)
        for one in differences:
            self.watching.found(one)

    async def patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        """Ask again while Stripe does not answer, and not before it says so."""
        for _ in range(TRIES - 1):
            try:
                return await call()
            except StripeUnavailableError as error:
                if error.retry_after_seconds > LONGEST_WAIT.total_seconds():
                    raise
                log.warning("reconciler.waits", seconds=error.retry_after_seconds, why=str(error))
                await self._wait(error.retry_after_seconds)
        return await call()

    async def _wait(self, seconds: int) -> None:
        """The lease is kept meanwhile, and who stops us does not have to wait."""
        for begun in range(0, seconds, _HEARTBEAT_SECONDS):
            await self.runs.advance(self.run)
            try:
                async with asyncio.timeout(min(_HEARTBEAT_SECONDS, seconds - begun)):
                    await self.watching.stop.wait()
            except TimeoutError:
                continue
