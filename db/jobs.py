"""Adding jobs to the queue: PgQueuer's tables, in the schema `jobs`.

The statement does what PgQueuer's own does (a test compares the rows): so a server, which only adds
jobs, need not load the library, and a webhook not build the statement anew.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import text

from db.statements import Statement

JobHeaders = Callable[[], Mapping[str, Any] | None]
"""What the next job bears beside its payload: the trace that it is part of."""

ADD = Statement(
    text(
        """WITH added AS (
          INSERT INTO jobs.pgqueuer (priority, entrypoint, payload, headers, execute_after, status)
          SELECT 0, :job, payload, CAST(:headers AS jsonb), now(), 'queued'
          FROM unnest(CAST(:payloads AS bytea[])) AS payload
          RETURNING id, entrypoint, priority
        )
        INSERT INTO jobs.pgqueuer_log (job_id, status, entrypoint, priority)
        SELECT id, 'queued', entrypoint, priority FROM added"""
    )
)
"""Jobs of one kind, due at once: one for each of `:payloads` (JSON in bytes), with `:headers`."""
