"""How to ask through a pooler that knows nothing of prepared statements.

PgBouncer before 1.21, in transaction mode, may give a statement to another connection than the one
that prepared it. So nothing is prepared under a name: asyncpg then sends a statement's text again
with each run of it (https://www.pgbouncer.org/features.html and asyncpg's FAQ).
"""

from collections.abc import Mapping
from typing import Any

UNPREPARED: Mapping[str, Any] = {"statement_cache_size": 0}
"""Arguments of `asyncpg.connect` and `asyncpg.create_pool`."""

UNPREPARED_IN_SQLALCHEMY: Mapping[str, Any] = {
    **UNPREPARED,
    "prepared_statement_cache_size": 0,
    "prepared_statement_name_func": str,  # "" is the statement without a name
}
"""The `connect_args` of an engine on asyncpg."""
