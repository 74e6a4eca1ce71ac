"""Pauses between attempts: they grow, end somewhere, and are never quite the same."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pgqueuer.core.executors import EntrypointExecutorParameters
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job

from server.patience import MOST_ATTEMPTS, PatientExecutor
from services.jobs import PostponedError


class BrokenError(Exception):
    pass


def job(attempts: int) -> Job:
    now = datetime.now(UTC)
    return Job(
        id=1, priority=0, created=now, updated=now, heartbeat=now, execute_after=now,
        status="picked", entrypoint="x", payload=None, queue_manager_id=None, headers=None,
        attempts=attempts,
    )  # fmt: skip


async def pause_of(error: Exception, *, attempts: int) -> float:
    async def work(_: Job) -> None:
        raise error

    executor = PatientExecutor(EntrypointExecutorParameters(concurrency_limit=0, func=work))
    context: Any = None
    with pytest.raises(RetryRequested) as raised:
        await executor.execute(job(attempts), context)
    return raised.value.delay.total_seconds()


@pytest.mark.parametrize(
    ("attempts", "longest"), [(0, 1), (1, 2), (5, 32), (9, 300), (MOST_ATTEMPTS - 1, 300)]
)
async def test_pauses_double_up_to_five_minutes_and_vary(attempts: int, longest: float) -> None:
    pauses = {await pause_of(BrokenError(), attempts=attempts) for _ in range(50)}
    assert longest / 2 <= min(pauses) < max(pauses) <= longest
    assert len(pauses) > 40, "those that failed together do not come back together"


@pytest.mark.parametrize(("attempts", "longest"), [(0, 0.1), (3, 0.8), (MOST_ATTEMPTS * 2, 20)])
async def test_a_postponed_job_looks_again_soon_and_never_gives_up(
    attempts: int, longest: float
) -> None:
    postponed = PostponedError(timedelta(seconds=20))
    pauses = {await pause_of(postponed, attempts=attempts) for _ in range(50)}
    assert longest / 2 <= min(pauses) < max(pauses) <= longest


async def test_after_the_last_attempt_the_error_is_told() -> None:
    with pytest.raises(BrokenError):
        await pause_of(BrokenError(), attempts=MOST_ATTEMPTS)
