"""Counting what an operation asks of Postgres."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from db.database import Database


@dataclass
class Statements:
    """The statements read while counting."""

    texts: list[str] = field(default_factory=list)
    arguments: list[list[Any]] = field(default_factory=list)
    """Of each of them, by position."""

    def __len__(self) -> int:
        return len(self.texts)


@contextmanager
def counted_statements() -> Iterator[Statements]:
    """Every read of this process while the block lasts."""
    counted, fetch = Statements(), Database.fetch

    async def counting(self: Database, statement: Any, **values: Any) -> Any:
        counted.texts.append(statement.sql)
        counted.arguments.append(statement.arguments(values))
        return await fetch(self, statement, **values)

    Database.fetch = counting  # type: ignore[method-assign] # put back below
    try:
        yield counted
    finally:
        Database.fetch = fetch  # type: ignore[method-assign] # as it was
