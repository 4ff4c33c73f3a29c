"""The order of a list, and what comes after a row in it.

A list is sorted by a few keys and at last by id, so every row has one place. Nulls come last in
both directions (contract §3).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, SQLColumnExpression, and_, bindparam, or_, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from taskapp.core.errors import Invalid

SortKeys = Mapping[str, InstrumentedAttribute[Any]]
# Where a row stands: its value of each key, as JSON can hold it.
Position = Sequence[str | int | None]


@dataclass(frozen=True)
class SortKey:
    """A column, and the direction in which a list follows it."""

    column: InstrumentedAttribute[Any]
    descending: bool
    name: str  # under which a statement gives the value, and takes that of a position

    @property
    def is_nullable(self) -> bool:
        return bool(self.column.property.columns[0].nullable)

    @property
    def bound(self) -> ColumnElement[Any]:
        """The value of a position, as it stands in a statement."""
        return bindparam(self.name, type_=self.column.type)

    def value(self, stored: str | int | None) -> Any:
        """The value of a position, as it is bound."""
        kind = self.column.type.python_type
        is_date = isinstance(stored, str) and issubclass(kind, date)
        return kind.fromisoformat(stored) if is_date else stored


Order = tuple[SortKey, ...]


def parse_sort(sort: str, keys: SortKeys) -> Order:
    """The order that a comma list of keys asks for, `-` for descending, and ties by `id`.

    Ties go in the direction of the last key. Raises Invalid for a key that is unknown or repeated.
    """
    directions: dict[str, bool] = {}
    for word in map(str.strip, sort.split(",")):
        name, descending = word.removeprefix("-"), word.startswith("-")
        if name not in keys:
            raise Invalid({"sort": [f"Unknown key {name!r}; use {', '.join(keys)}."]})
        if name in directions:
            raise Invalid({"sort": [f"The key {name!r} stands here twice."]})
        directions[name] = descending
    directions.setdefault("id", descending)
    names = list(directions)
    del names[names.index("id") + 1 :]  # no two rows agree so far
    return tuple(
        SortKey(keys[name], directions[name], f"sort_{number}") for number, name in enumerate(names)
    )


def order_by(order: Order, columns: Sequence[SQLColumnExpression[Any]]) -> list[ColumnElement[Any]]:
    """ORDER BY, over `columns` that hold the values of the keys."""
    clauses: list[ColumnElement[Any]] = []
    for key, column in zip(order, columns, strict=True):
        if key.is_nullable:
            clauses.append(column.is_(None))
        clauses.append(column.desc() if key.descending else column.asc())
    return clauses


def position_of(row: RowMapping, order: Order) -> Position:
    """The position of a row that has the values of the keys under their names."""
    values = [row[key.name] for key in order]
    return [value.isoformat() if isinstance(value, date) else value for value in values]


def bound_values(order: Order, position: Position) -> dict[str, Any]:
    """The parameters of `beyond`."""
    return {key.name: key.value(value) for key, value in zip(order, position, strict=True)}


def beyond(order: Order, nulls: Sequence[bool]) -> ColumnElement[bool]:
    """Whether a row comes after a position, even if no row is there any more.

    `nulls` says which values of the position are null; the others are bound (`bound_values`).

    Where all keys go the same way this compares rows, which PostgreSQL and SQLite can look up in an
    index of several columns; the bound of the first key is all that MySQL needs for its own.
    """
    if any(key.is_nullable for key in order):
        return _beyond_each(order, nulls)
    if len({key.descending for key in order}) > 1:
        rest = _beyond_each(order, nulls)
    else:
        columns = tuple_(*(key.column for key in order))
        values = tuple_(*(key.bound for key in order))
        rest = columns < values if order[0].descending else columns > values
    first = order[0]
    return and_(
        first.column <= first.bound if first.descending else first.column >= first.bound, rest
    )


def _beyond_each(order: Order, nulls: Sequence[bool]) -> ColumnElement[bool]:
    """Later by the first key, or equal in it and later by the second, and so on."""
    condition = _later(order[-1])  # the id, which is never null
    for key, is_null in reversed(list(zip(order[:-1], nulls[:-1], strict=True))):
        if is_null:  # nothing comes after null
            condition = and_(key.column.is_(None), condition)
        else:
            condition = or_(_later(key), and_(key.column == key.bound, condition))
    return condition


def _later(key: SortKey) -> ColumnElement[bool]:
    later = key.column < key.bound if key.descending else key.column > key.bound
    return or_(later, key.column.is_(None)) if key.is_nullable else later
