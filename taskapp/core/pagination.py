"""Some of the rows of a sorted list: a page by its number, or what comes after a row.

A list is one selection, or several of one table that have no row in common ("owned", "assigned"):
then each walks its own index, where one selection with an OR would find and sort everything.

`fetch_page` is all that most lists need. To build a statement takes longer than to run it, so a
list that is read all the time prepares its statements once (`prepare`) and only runs them (`run`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

from sqlalchemy import (
    BigInteger,
    Label,
    Row,
    Select,
    Subquery,
    bindparam,
    func,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from taskapp.core.database import read_all, read_scalar
from taskapp.core.sorting import (
    Order,
    Position,
    SortKeys,
    beyond,
    bound_values,
    order_by,
    parse_sort,
    position_of,
)

MAX_PER_PAGE = 100
# An offset past this is past the end of any table, and past what every database accepts.
_MAX_OFFSET = 2**62
_REACH, _LIMIT, _OFFSET = (bindparam(n, type_=BigInteger) for n in ("reach", "limit", "offset"))

Parts = Sequence[Select[Any]]


@dataclass(frozen=True)
class Page:
    """Some of the rows of a longer list, and where they stand in it."""

    items: Sequence[Row[Any]]
    per_page: int
    # Both 0 when the list was read on from a position: where that is, nobody has counted.
    page: int
    total: int
    # Where the next rows begin; None when there are none.
    next_position: Position | None

    @property
    def pages(self) -> int:
        """The number of pages; an empty list has none."""
        return -(-self.total // self.per_page)


@dataclass(frozen=True)
class Listing:
    """The statements of a list: its rows, each with `total` beside it, and that number alone."""

    order: Order
    rows: Select[Any]
    total: Select[Any]


def fetch_page(
    rows: Select[Any] | Parts,
    keys: SortKeys,
    sort: str,
    *,
    page: int = 1,
    per_page: int = 20,
    after: Position | None = None,
) -> Page:
    """That page of the rows sorted by `sort`, a comma list such as `-priority,title`.

    With `after`, the rows that follow that position, however deep it lies, at the same cost. A page
    past the end is empty. Raises Invalid for a key that is not among `keys`.
    """
    parts = [rows] if isinstance(rows, Select) else rows
    listing = prepare(parts, parse_sort(sort, keys), nulls_of(after))
    return run(listing, {}, page=page, per_page=per_page, after=after)


def nulls_of(position: Position | None) -> tuple[bool, ...] | None:
    """Which values of a position are null: its statement depends on that."""
    return None if position is None else tuple(value is None for value in position)


def prepare(
    parts: Parts, order: Order, nulls: tuple[bool, ...] | None = None, *, is_dear: bool = False
) -> Listing:
    """The statements of a list; with `nulls`, for what follows a position with nulls there.

    `is_dear`: finding the rows takes so long that it must not be done a second time to count them.
    """
    if nulls is not None:
        parts = [part.where(beyond(order, nulls)) for part in parts]
    total = _total(parts)
    if len(parts) > 1:
        rows = _rows_of_several(parts, order)
    elif is_dear and nulls is None:
        return Listing(order, _counted_rows(parts[0], order), total)
    else:
        rows = _rows_of_one(parts[0], order)
    if nulls is None:
        rows = rows.add_columns(total.scalar_subquery().label("total"))
    return Listing(order, rows, total)


def run(
    listing: Listing,
    parameters: Mapping[str, Any],
    *,
    page: int = 1,
    per_page: int = 20,
    after: Position | None = None,
) -> Page:
    """Fetch that page of a prepared list, or what follows a position; `parameters` are its own."""
    offset = min((page - 1) * per_page, _MAX_OFFSET) if after is None else 0
    limit = per_page + 1  # one more than asked for tells whether there are any
    bound = {**parameters, "reach": offset + limit, "limit": limit, "offset": offset}
    if after is not None:
        bound |= bound_values(listing.order, after)
    found = read_all(listing.rows, bound)
    items, next_position = found[:per_page], None
    if len(found) > per_page:
        next_position = position_of(items[-1]._mapping, listing.order)
    if after is not None:
        return Page(items, per_page, 0, 0, next_position)
    if found:
        total = found[0]._mapping["total"]
    else:
        total = 0 if page == 1 else read_scalar(listing.total, parameters)
    return Page(items, per_page, page, total, next_position)


def _total(parts: Parts) -> Select[Any]:
    counts = [
        part.with_only_columns(func.count(), maintain_column_froms=True).scalar_subquery()
        for part in parts
    ]
    return select(reduce(add, counts))


def _rows_of_one(part: Select[Any], order: Order) -> Select[Any]:
    rows = part.add_columns(*_values(order)).order_by(*order_by(order, _columns(order)))
    return rows.limit(_LIMIT).offset(_OFFSET)


def _counted_rows(part: Select[Any], order: Order) -> Select[Any]:
    """All keys are found, counted and sorted; then the rows are fetched."""
    keys = part.with_only_columns(*_values(order), func.count().over().label("total"))
    chosen = keys.order_by(*order_by(order, _columns(order))).limit(_LIMIT).offset(_OFFSET)
    return _rows_by_key(part, chosen.subquery(), order)


def _rows_of_several(parts: Parts, order: Order) -> Select[Any]:
    """Each part gives its first keys, from an index alone if it can; then the rows are fetched."""
    in_order = order_by(order, _columns(order))
    firsts = [
        part.with_only_columns(*_values(order)).order_by(*in_order).limit(_REACH).subquery()
        for part in parts
    ]
    merged = union_all(*map(select, firsts)).subquery()
    in_order = order_by(order, [merged.c[key.name] for key in order])
    chosen = select(merged).order_by(*in_order).limit(_LIMIT).offset(_OFFSET).subquery()
    return _rows_by_key(parts[0], chosen, order)


def _rows_by_key(part: Select[Any], keys: Subquery, order: Order) -> Select[Any]:
    in_order = order_by(order, [keys.c[key.name] for key in order])
    rows = select(*part.selected_columns, *keys.c)
    return rows.join(keys, order[-1].column == keys.c[order[-1].name]).order_by(*in_order)


def _columns(order: Order) -> list[InstrumentedAttribute[Any]]:
    return [key.column for key in order]


def _values(order: Order) -> list[Label[Any]]:
    return [key.column.label(key.name) for key in order]
