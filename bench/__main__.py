"""`python -m bench`: measure every program, and write docs/benchmarks.md and its pictures."""

import argparse
import asyncio
from dataclasses import asdict
from typing import Any

from bench import compare, report, results
from bench.contenders import Contender, contenders, environment
from bench.database import CACHE, new_database, serving_postgres
from bench.dataset import ORGANIZATIONS, Dataset
from bench.issuer import Issuer, serving_issuer
from bench.measuring import (
    WARM_UP_SECONDS,
    Figures,
    Server,
    ask,
    free_port,
    measure,
    requests_of,
    running,
    warm_up,
)
from bench.operations import USERS_ASKING, Operation, Operations
from bench.statements import StatementLog

Programs = dict[str, dict[str, dict[str, Any]]]


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3, help="of a round at most")
    parser.add_argument("--organizations", type=int, default=ORGANIZATIONS, help="a multiple of 10")
    parser.add_argument("--only", nargs="*", help="names of programs")
    parser.add_argument("--operations", nargs="*", help="as Q1 M1; all, if left out")
    parser.add_argument("--quick", action="store_true", help="print, and write no page")
    parser.add_argument("--page", action="store_true", help="only write the page anew")
    options = parser.parse_args()
    if options.page:
        report.write(results.load())
    else:
        asyncio.run(run(options))


async def run(options: argparse.Namespace) -> None:
    """Make the data, compare the answers, measure in interleaved rounds, write the page."""
    dataset = Dataset(options.organizations)
    with serving_postgres() as postgres, serving_issuer() as issuer:
        url = await new_database(postgres, dataset, issuer=issuer.url)
        chosen = [one for one in contenders() if not options.only or one.name in options.only]
        operations = [
            one
            for one in Operations(dataset, issuer).all()
            if not options.operations or one.name in options.operations
        ]
        bench = Bench(url, issuer, operations, seconds=options.seconds)
        log = StatementLog(url, CACHE)
        await bench.check(chosen, log)
        for number in range(options.rounds):
            print(f"round {number + 1} of {options.rounds}")
            for contender in chosen:
                await bench.round(contender)
    print(report.cpu_table(bench.programs), report.full_table(bench.programs), sep="\n")
    print(report.aims_table(bench.programs, results.load().get("growth", {})))
    if not options.quick:
        about = {
            "organizations": dataset.organizations,
            "members": dataset.members,
            "rounds": options.rounds,
            "legend": {one.name: one.what for one in chosen},
        }
        run = results.circumstances() | about
        data = results.load() | {"run": run, "programs": bench.programs}
        results.save(data)
        report.write(data)


class Bench:
    """One run: the programs, one after the other, on one database."""

    def __init__(
        self, url: str, issuer: Issuer, operations: list[Operation], *, seconds: float
    ) -> None:
        self._url = url
        self._issuer = issuer
        self._operations = operations
        self._seconds = seconds
        self.programs: Programs = {}

    async def check(self, chosen: list[Contender], log: StatementLog) -> None:
        """Compare the answers before anything is timed, and count statements."""
        port = free_port()
        answers: dict[str, dict[str, bytes]] = {}
        for contender in chosen:
            env = dict(environment(self._url, self._issuer, port=port))
            async with running(contender.command, env, port=port) as server:
                answers[contender.name] = await compare.answers_of(server.port, self._of(contender))
                self.programs[contender.name] = await self._statements(contender, server, log)
        compare.require_equal(answers)

    async def _statements(
        self, contender: Contender, server: Server, log: StatementLog
    ) -> dict[str, dict[str, Any]]:
        counted: dict[str, dict[str, Any]] = {}
        await log.switch(on=True)
        for operation in self._of(contender):
            *before_it, request = requests_of(operation, USERS_ASKING + 1)
            await ask(server, before_it, seconds=WARM_UP_SECONDS)  # all who ask have been seen
            before = log.size()
            await ask(server, [request], seconds=3)
            counted[operation.name] = {"statements": log.count_since(before)} | asdict(Figures())
        await log.switch(on=False)
        return counted

    async def round(self, contender: Contender) -> None:
        """Start a program anew and measure each operation once."""
        port = free_port()
        env = dict(environment(self._url, self._issuer, port=port))
        async with running(contender.command, env, port=port) as server:
            for operation in self._of(contender):
                await warm_up(server, operation)
                figures = self.programs[contender.name][operation.name]
                await measure(server, operation, figures, seconds=self._seconds)

    def _of(self, contender: Contender) -> list[Operation]:
        return [one for one in self._operations if one.name in contender.operations]


if __name__ == "__main__":
    main()
