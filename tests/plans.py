"""How Postgres goes about a statement, as EXPLAIN tells it."""

from collections.abc import Iterator, Sequence
from typing import Any

import asyncpg
import orjson

from db.statements import Statement

_REMOVED = ("Rows Removed by Filter", "Rows Removed by Join Filter")


async def plan_for_any_values(
    url: str, statement: Statement, literals: Sequence[str]
) -> dict[str, Any]:
    """How it ran with a plan made without its values, as Postgres makes of a statement that comes
    often. `literals`: its arguments, in SQL.
    """
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        await connection.execute("SET random_page_cost = 1.1")  # of an SSD
        await connection.execute(f"PREPARE asked AS {statement.sql}")
        explain = f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE asked ({', '.join(literals)})"
        plan: dict[str, Any] = orjson.loads(await connection.fetchval(explain))[0]["Plan"]
    finally:
        await connection.close()
    return plan


def steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The steps of a plan, each with those below it."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from steps(below)


def rows_looked_at(plan: dict[str, Any]) -> float:
    """By the step of the plan that looks at most of them, itself."""
    return max(
        float(sum(step.get(key, 0.0) for key in ("Actual Rows", *_REMOVED)) * step["Actual Loops"])
        for step in steps(plan)
    )
