"""Read statements: built with SQLAlchemy Core, compiled once, run by the driver.

Running a compiled statement on asyncpg itself costs a third of `Session.execute`
(docs/adr/0003); building stays in Core, so column names are checked against the models.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ClauseElement,
    ColumnElement,
    Select,
    Uuid,
    bindparam,
    func,
    literal_column,
)
from sqlalchemy.dialects.postgresql import asyncpg

AnySelect: TypeAlias = Select[*tuple[Any, ...]]
"""A SELECT whose columns the type checker does not follow."""

DIALECT = asyncpg.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped


def written_out(word: StrEnum) -> ColumnElement[Any]:
    """A word that stands in the statement itself, and is no parameter of it.

    A plan for any values uses a partial index only for what is `WHERE state = 'RECEIVED'` in SQL.
    """
    return literal_column(f"'{word}'")


def among(column: Any, ids: Collection[UUID]) -> ColumnElement[bool]:
    """One array: the statement is the same, and prepared, however many there are."""
    condition: ColumnElement[bool] = column == func.any(bindparam(None, list(ids), ARRAY(Uuid)))
    return condition


class Statement:
    """A compiled statement with named parameters, in the driver's `$1` style."""

    __slots__ = ("_defaults", "_names", "sql")

    def __init__(self, construct: ClauseElement) -> None:
        compiled = construct.compile(dialect=DIALECT)
        self.sql = str(compiled)
        self._names: tuple[str, ...] = tuple(getattr(compiled, "positiontup", None) or ())
        self._defaults: dict[str, Any] = {
            name: value for name, value in compiled.params.items() if value is not None
        }

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """The positional arguments; a value that is missing and has no default is a KeyError."""
        return [values[name] if name in values else self._defaults[name] for name in self._names]
