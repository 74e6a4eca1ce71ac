"""Jobs that fail are tried again, after pauses that grow and are never quite the same."""

from datetime import timedelta

import structlog
from pgqueuer.core.executors import EntrypointExecutor
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Context, Job

from services.backoff import pause_after
from services.jobs import PostponedError

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 100
"""With pauses of up to five minutes: about seven hours."""
_FIRST_PAUSE = timedelta(seconds=1)
_FIRST_LOOK = timedelta(seconds=0.1)
"""A postponed job waits for another one, which mostly takes less than a second."""
_LONGEST_PAUSE = timedelta(minutes=5)


def is_last_attempt(job: Job) -> bool:
    """Whether the job will not be tried again, should it fail now."""
    return job.attempts >= MOST_ATTEMPTS


class PatientExecutor(EntrypointExecutor):
    """The queue's own retries have no jitter, and know no job that merely waits for another."""

    async def execute(self, job: Job, context: Context) -> None:
        """Run the job; ask the queue for another attempt when it was not done."""
        try:
            await super().execute(job, context)
        except PostponedError as error:
            pause = pause_after(job.attempts + 1, first=_FIRST_LOOK, longest=error.pause)
            raise RetryRequested(pause, reason=str(error.__cause__ or error)) from error
        except Exception as error:
            if is_last_attempt(job):
                raise
            pause = pause_after(job.attempts + 1, first=_FIRST_PAUSE, longest=_LONGEST_PAUSE)
            log.warning(
                "job.failed", job=job.entrypoint, attempts=job.attempts + 1, error=repr(error)
            )
            raise RetryRequested(pause, reason=str(error)) from error
