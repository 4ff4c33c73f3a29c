"""Pages of a sorted selection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from taskapp.core.database import read_all, read_scalar
from taskapp.core.errors import Invalid

MAX_PER_PAGE = 100
# An offset past this is past the end of any table, and past what every database accepts.
_MAX_OFFSET = 2**62

SortKeys = Mapping[str, InstrumentedAttribute[Any]]


@dataclass(frozen=True)
class Page:
    """Some of the rows of a longer list, and where they stand in it."""

    items: Sequence[Row[Any]]
    page: int
    per_page: int
    total: int

    @property
    def pages(self) -> int:
        """The number of pages; an empty list has none."""
        return -(-self.total // self.per_page)


def fetch_page(rows: Select[Any], keys: SortKeys, sort: str, *, page: int, per_page: int) -> Page:
    """That page of the selection, sorted by `sort`, a comma list such as `-priority,title`.

    A page past the end is empty. Raises Invalid for a key that is not among `keys`.
    """
    order = parse_sort(sort, keys)
    total = read_scalar(select(func.count()).select_from(rows.order_by(None).subquery()))
    offset = min((page - 1) * per_page, _MAX_OFFSET)
    items = read_all(rows.order_by(*order).limit(per_page).offset(offset))
    return Page(items, page, per_page, total)


def parse_sort(sort: str, keys: SortKeys) -> list[ColumnElement[Any]]:
    """ORDER BY for a comma list of keys, `-` for descending: nulls last, ties by id."""
    order: list[ColumnElement[Any]] = []
    descending = False
    for word in sort.split(","):
        name, descending = word.removeprefix("-"), word.startswith("-")
        if name not in keys:
            raise Invalid({"sort": [f"Unknown key {name!r}; use {', '.join(keys)}."]})
        column = keys[name]
        if column.property.columns[0].nullable:
            order.append(column.is_(None))
        order.append(column.desc() if descending else column.asc())
    identity = keys["id"]
    order.append(identity.desc() if descending else identity.asc())
    return order
