"""What a worker does by itself: the sweep of expiries, renewals, the reconciler.

They change the data, so they work on a copy of the data set.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg

from bench.account import Account, mirror, name_customers, serving_account
from bench.database import fresh_database, name_of
from bench.dataset import key
from bench.statements import StatementLog
from bench.working import Row, working

IDLE_SWEEPS = 20
RENEWALS = 100
COMPARED = "all compared"
COMPARED_SLOWLY = "all, by ten calls/s"
CARRIED_ON = "the rest, after a kill"
RENEWED = "renewed"
CALLS_PER_SECOND = "SEATWISE_RECONCILE_CALLS_PER_SECOND"
UNLIMITED = {CALLS_PER_SECOND: "1000000"}

FALL_DUE = """
UPDATE subscriptions SET status = 'UNPAID', ended_at = now() - interval '4 days',
    deactivates_at = now() - interval '1 day'
WHERE organization_id = ANY ($1)
"""
PROGRESS = "SELECT coalesce(max(compared), 0) FROM reconciliations WHERE finished_at IS NULL"
LEASE_RUNS_OUT = "UPDATE reconciliations SET leased_until = now() WHERE finished_at IS NULL"


class Background:
    """A copy of the data set, and the workers on it."""

    def __init__(
        self,
        connection: "asyncpg.Connection[Any]",
        environment: Mapping[str, str],
        log: StatementLog,
        data_dir: Path,
        organizations: int,
    ) -> None:
        self._connection = connection
        self._environment = environment
        self._log = log
        self._data_dir = data_dir
        self._organizations = organizations

    async def sweeps(self, due: Sequence[int]) -> AsyncIterator[Row]:
        """One that finds nothing, as nearly all do; then of so many organizations, each time other
        ones; of as many as there are.
        """
        async with working(self._environment, self._log) as worker:
            await worker.do("sweep")
            idle = await worker.do("sweep", times=IDLE_SWEEPS)
        statements = idle["statements"] // IDLE_SWEEPS
        about = self._about(due=0, statements=statements, rss_mb=idle["rss_mb"])
        yield about | {"cpu_ms": idle["cpu_ms"] / IDLE_SWEEPS}
        first = 0
        for number in due:
            chosen = range(first, min(first + number, self._organizations))
            if len(chosen) < number:
                return
            await self._connection.execute(FALL_DUE, [key("organization", n) for n in chosen])
            yield await self._sweep()
            first += number

    async def _sweep(self) -> Row:
        """What each organization took; statements are all."""
        async with working(self._environment, self._log) as worker:
            done = await worker.do("sweep")
        organizations, members, seconds = done["organizations"], done["people"], done["seconds"]
        about = self._about(due=organizations, members=members)
        return about | {
            "cpu_ms": done["cpu_ms"] / organizations,
            "organizations_per_second": organizations / seconds,
            "members_per_second": members / seconds,
            "statements": done["statements"],
            "transaction_ms": done["longest_ms"],
            "rss_mb": done["rss_mb"],
        }

    async def reconciliations(self, numbers: Sequence[int]) -> AsyncIterator[Row]:
        """Of accounts with so many subscriptions. Some renew; and where every organization has one,
        all are compared at the pace that is usual, and by a run that is killed.
        """
        numbers = [one for one in sorted(numbers) if one <= self._organizations]
        for number in numbers:
            async with serving_account(self._data_dir, number) as account:
                await self._join(account, number)
                environment = {**self._environment, **account.environment}
                yield await self._compare(COMPARED, number, environment | UNLIMITED)
                if number == numbers[0]:
                    yield await self._renew(min(RENEWALS, number), environment)
                if number == self._organizations:
                    default = {CALLS_PER_SECOND: "10"}
                    yield await self._compare(COMPARED_SLOWLY, number, environment | default)
                    yield await self._carry_on(number, environment | UNLIMITED)

    async def _join(self, account: Account, number: int) -> None:
        """The mirror is in step with the account."""
        await name_customers(self._connection, account, number)
        environment = {**self._environment, **account.environment}
        async with working(environment, self._log) as worker:
            await worker.do("sync", organizations=[str(key("organization", 0))])
        await mirror(self._connection, number)

    async def _compare(self, what: str, number: int, environment: Mapping[str, str]) -> Row:
        async with working(environment, self._log) as worker:
            return self._compared(what, number, await worker.do("reconcile"))

    async def _carry_on(self, number: int, environment: Mapping[str, str]) -> Row:
        """What is left for the next run, when one was killed among the subscriptions."""
        async with working(environment, self._log) as worker:
            worker.tell("reconcile")
            while await self._connection.fetchval(PROGRESS) < number // 2:  # noqa: ASYNC110 # another process counts
                await asyncio.sleep(0.01)
            await worker.kill()
        await self._connection.execute(LEASE_RUNS_OUT)
        kept = await self._connection.fetchval(PROGRESS)
        async with working(environment, self._log) as worker:
            done = await worker.do("reconcile")
        return self._compared(CARRIED_ON, number, done) | {"kept": kept}

    async def _renew(self, number: int, environment: Mapping[str, str]) -> Row:
        """Swept, and fetched one after the other: at Stripe each of them is in order."""
        ids = [key("organization", one) for one in range(number)]
        await self._connection.execute(FALL_DUE, ids)
        async with working(environment, self._log) as worker:
            await worker.do("sweep")
        async with working(environment, self._log) as worker:
            done = await worker.do("sync", organizations=[str(one) for one in ids])
        return self._compared(RENEWED, number, done)

    def _compared(self, what: str, number: int, done: Row) -> Row:
        """What each subscription took; calls and statements are all."""
        about = self._about(what=what, subscriptions=number, cpu_ms=done["cpu_ms"] / number)
        seen = ("seconds", "calls", "statements", "rss_mb")
        return about | {name: done[name] for name in seen}

    def _about(self, **more: Any) -> Row:
        return {"organizations": self._organizations, **more}


@asynccontextmanager
async def background(
    data_dir: Path, environment: Mapping[str, str], *, organizations: int
) -> AsyncIterator[Background]:
    """On a copy, which is dropped. `environment` is that of a server on the data set, to which
    nobody may be connected.
    """
    template = name_of(organizations)
    async with fresh_database(data_dir, f"{template}_copy", template=template) as url:
        log = StatementLog(url, data_dir)
        connection = await asyncpg.connect(url)
        await log.switch(on=True)
        try:
            here = {**environment, "DATABASE_URL": url}
            yield Background(connection, here, log, data_dir, organizations)
        finally:
            await log.switch(on=False)
            await connection.close()
