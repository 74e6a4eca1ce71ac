"""Tells whoever listens of each statement that was run: its text, never its values.

The hooks are the drivers' own, and only attached for a listener: without one this costs nothing.
"""

from collections.abc import Callable
from time import monotonic
from typing import Any, Protocol

import asyncpg
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext, ExecutionContext

_BEGAN = "statement_began"


class StatementObserver(Protocol):
    """Called in the context of who ran the statement, when it ended. It may not wait, nor raise."""

    def __call__(self, sql: str, *, seconds: float, error: BaseException | None) -> None:
        """The statement ended; `error` is why it failed."""


def query_logger(observer: StatementObserver) -> Callable[[Any], None]:
    """What asyncpg calls after each statement that is run on one of its connections."""

    def tell(query: "asyncpg.connection.LoggedQuery") -> None:
        observer(query.query, seconds=query.elapsed, error=query.exception)

    return tell


def observe_reads(connection: "asyncpg.Connection[Any]", observer: StatementObserver) -> None:
    """Of a connection that asyncpg's pool has made."""
    connection.add_query_logger(query_logger(observer))


def observe_writes(engine: Engine, observer: StatementObserver) -> None:
    """What SQLAlchemy runs, of every connection of an engine."""

    def begin(connection: Connection, *_: object) -> None:
        connection.info[_BEGAN] = monotonic()

    def end(connection: Connection, _cursor: object, sql: str, *_: object) -> None:
        observer(sql, seconds=monotonic() - connection.info[_BEGAN], error=None)

    def fail(context: ExceptionContext) -> None:
        if context.connection is not None and isinstance(
            context.execution_context, ExecutionContext
        ):
            began = context.connection.info.get(_BEGAN, monotonic())
            cause = context.original_exception.__cause__ or context.original_exception
            observer(context.statement or "", seconds=monotonic() - began, error=cause)

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    event.listen(engine, "handle_error", fail)
