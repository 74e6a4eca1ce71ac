"""Before anything is timed: do all programs answer the same?"""

import asyncio
from collections.abc import Iterable
from itertools import islice

import orjson

from bench.load import Connection
from bench.measuring import BenchError
from bench.operations import Operation

COMPARED = 10
"""Requests of each operation."""


async def answers_of(port: int, operations: Iterable[Operation]) -> dict[str, bytes]:
    """What a program answers to the first requests of each operation, keys sorted."""
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(Connection, "127.0.0.1", port)
    found: dict[str, bytes] = {}
    for operation in operations:
        if operation.changes_data:
            continue
        for number, request in enumerate(islice(operation.requests(), COMPARED)):
            _, body = await connection.ask(request)
            answer = orjson.loads(body)
            found[f"{operation.name} {number}"] = orjson.dumps(answer, option=orjson.OPT_SORT_KEYS)
    return found


def require_equal(answers: dict[str, dict[str, bytes]]) -> None:
    """Raise `BenchError` at the first difference."""
    expected: dict[str, tuple[str, bytes]] = {}
    for program, found in answers.items():
        for request, answer in found.items():
            other, known = expected.setdefault(request, (program, answer))
            if answer != known:
                raise BenchError(
                    f"{request}: {program} answers {answer[:2000]!r}, {other} {known[:2000]!r}"
                )
