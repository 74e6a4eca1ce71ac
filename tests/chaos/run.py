"""The run: a year goes by, everything fails that can, and then it is asked what came of it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

import httpx

from server.settings import Settings
from services.assembly import Services
from tests.chaos import journal
from tests.chaos.client import Browser
from tests.chaos.evidence import Evidence, gather
from tests.chaos.faults import faults
from tests.chaos.life import Life
from tests.chaos.logs import read_errors
from tests.chaos.processes import Program, Programs
from tests.chaos.settling import Settling
from tests.chaos.stripe_side import StripeSide
from tests.chaos.turns import Turns
from tests.services.smtp_server import SMTPServer

YEAR = timedelta(days=365)
_WORKERS = 2
_AT_ONCE = 6
"""So many organizations have something done at a time; the others think."""
_LONGEST_STEP = timedelta(days=31)
_SECONDS_BETWEEN_KILLS = 4.0
_SECONDS_BETWEEN_WORDS = 10
_SECONDS_TO_HEAR = 0.2
_LOOKS_TO_HEAR = 3
"""All processes have heard that the clock was moved, when they have answered so often since."""
_SLOW_MACHINE_SECONDS = 400
"""When even the least has not happened by then, something hangs."""


@dataclass(frozen=True)
class Plan:
    """`seconds` is for the life of the organizations; what follows it takes as long as it takes."""

    seed: int
    seconds: float
    organizations: int


@dataclass
class Done:
    """How much was done."""

    lived: timedelta = timedelta()
    faults: int = 0


def chance(plan: Plan, who: str) -> Random:
    """Everybody's own: what one does depends on the seed, not on who else came first."""
    return Random(f"{plan.seed}:{who}")  # noqa: S311 # repeatable


@dataclass
class Chaos:
    """All that takes part."""

    plan: Plan
    settings: Settings
    services: Services
    stripe: StripeSide
    programs: Programs
    servers: list[Program]
    workers: list[Program]
    browser: Browser
    mailbox: SMTPServer
    lives: list[Life] = field(default_factory=list)
    done: Done = field(default_factory=Done)
    ends_at: float = 0.0

    @property
    def is_over(self) -> bool:
        """The time is up, and the least that proves anything has happened."""
        waited = time.monotonic() - self.ends_at
        return waited > 0 and (self._is_enough or waited > _SLOW_MACHINE_SECONDS)

    @property
    def _is_enough(self) -> bool:
        killed = all(one.kills for one in (*self.servers, *self.workers))
        bought = sum(life.count.paid_checkouts for life in self.lives)
        return killed and bought > 0 and self.done.lived > timedelta()

    @property
    def steps(self) -> int:
        """How often somebody did something."""
        return sum(life.count.steps for life in self.lives)

    @property
    def kills(self) -> int:
        """How many processes were killed."""
        return sum(one.kills for one in self.programs.all)

    async def live(self, say: Callable[[str], None]) -> None:
        """Everybody lives, time goes by, and processes are killed, until the time is up."""
        await self.stripe.control("POST", "/faults", **faults(self.plan.seed))
        self.ends_at = time.monotonic() + self.plan.seconds
        turns = Turns(_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for life in self.lives:
                group.create_task(self._live_on(life, turns))
            group.create_task(self._let_time_pass(turns))
            group.create_task(self._sweep())
            group.create_task(self._kill(self.servers, "servers"))
            group.create_task(self._kill(self.workers, "workers"))
            group.create_task(self._tell(say))
        self.done.faults = (await self.stripe.control("GET", "/faults"))["hits"]

    async def _live_on(self, life: Life, turns: Turns) -> None:
        while not self.is_over and not life.deleted:
            async with turns.turn():
                await life.step()
            await asyncio.sleep(life.chance.uniform(0, 0.2))

    async def _let_time_pass(self, turns: Turns) -> None:
        """Stripe's clock first, then ours. Nobody clicks meanwhile: clocks differ by no days."""
        moment = chance(self.plan, "time")
        while not self.is_over:
            await asyncio.sleep(moment.uniform(0.2, 1.0))
            share = 1 - (self.ends_at - time.monotonic()) / self.plan.seconds
            due = min(YEAR * share - self.done.lived, _LONGEST_STEP)
            if due < timedelta(hours=1):
                continue
            async with turns.alone():
                await self._move_clocks(timedelta(seconds=int(due.total_seconds())))

    async def _move_clocks(self, by: timedelta) -> None:
        await self.stripe.control("POST", "/clock/advance", seconds=int(by.total_seconds()))
        await self.services.clock.advance(self.services.database, by)
        self.done.lived += by
        for _ in range(_LOOKS_TO_HEAR):
            await asyncio.sleep(_SECONDS_TO_HEAR)
            await asyncio.gather(*(one.is_ready() for one in self.servers))

    async def _sweep(self) -> None:
        """What the worker does each minute of real time, which here is days."""
        while not self.is_over:
            await asyncio.sleep(0.5)
            await self.services.expiry.sweep()

    async def _kill(self, programs: list[Program], name: str) -> None:
        """Where a start takes long, kills are rarer: most of the time there is work to be hit."""
        moment, start_took = chance(self.plan, name), 0.0
        while not self.is_over:
            await asyncio.sleep(moment.expovariate(1 / _SECONDS_BETWEEN_KILLS) + start_took)
            victim = moment.choice(programs)
            if not all(one.kills for one in programs):
                victim = min(programs, key=lambda one: one.kills)
            victim.kill()
            await asyncio.sleep(moment.uniform(0, 1))
            began = time.monotonic()
            victim.start()
            await victim.until_ready()
            start_took = time.monotonic() - began

    async def _tell(self, say: Callable[[str], None]) -> None:
        """Say every few seconds how far it is."""
        while not self.is_over:
            left = max(0, round(self.ends_at - time.monotonic()))
            days = f"{self.done.lived.days} of {YEAR.days} days"
            say(f"{days}, {self.steps} steps, {self.kills} kills, {left} s left")
            await asyncio.sleep(_SECONDS_BETWEEN_WORDS)

    async def settle(self) -> list[str]:
        """Nothing fails any more. Says what does not come to an end."""
        await self.stripe.control("DELETE", "/faults")
        await self.stripe.control("POST", "/faults")
        await self.stripe.control("POST", "/clock/freeze")
        for program in (*self.servers, *self.workers):
            program.kill()
        settling = Settling(self.services, self.stripe)
        await settling.free_of_the_dead()
        for program in (*self.servers, *self.workers):
            program.start()
        await asyncio.gather(*(one.until_ready() for one in (*self.servers, *self.workers)))
        return await settling.until_quiet()

    async def evidence(self) -> Evidence:
        """What is left."""
        return await gather(
            self.services.database.url,
            self.stripe,
            self.lives,
            mailbox=self.mailbox.mails,
            faults=self.browser.faults,
            errors=read_errors(one.log.name for one in (*self.servers, *self.workers)),
        )


@asynccontextmanager
async def chaos(
    plan: Plan,
    *,
    settings: Settings,
    services: Services,
    programs: Programs,
    mailbox: SMTPServer,
    ports: tuple[int, ...],
    token_of: Callable[[str], str],
) -> AsyncIterator[Chaos]:
    """Everything is started, and nothing has begun."""
    urls = tuple(f"http://127.0.0.1:{port}" for port in ports)
    servers = [
        programs.add(
            f"server-{number}",
            *("server.cli", "serve"),
            ready=f"{url}/readyz",
            PORT=str(port),
        )
        for number, (url, port) in enumerate(zip(urls, ports, strict=True))
    ]
    workers = [
        programs.add(f"worker-{number}", "server.cli", "worker", ready="worker.ready")
        for number in range(_WORKERS)
    ]
    await asyncio.gather(*(one.until_ready() for one in servers))
    stripe = StripeSide(settings.sandbox_url, settings.sandbox_api_key)
    async with httpx.AsyncClient() as http:
        browser = Browser(http, urls, token_of)
        lives = [
            Life(name, chance(plan, name), browser, stripe, mailbox)
            for name in (f"org-{number}" for number in range(plan.organizations))
        ]
        await journal.install(services.database.url)
        try:
            yield Chaos(
                plan,
                settings,
                services,
                stripe,
                programs,
                servers,
                workers,
                browser,
                mailbox,
                lives,
            )
        finally:
            await stripe.aclose()
