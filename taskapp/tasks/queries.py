"""Reading tasks. Every query starts from what its viewer may see."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, Select, and_, bindparam, or_, select

from taskapp.accounts.actor import Actor
from taskapp.core.database import read_all, read_one
from taskapp.core.errors import Forbidden, NotFound
from taskapp.core.pagination import Listing, Page, nulls_of, prepare, run
from taskapp.core.sorting import SortKeys, parse_sort
from taskapp.tasks.filters import conditions, parameters
from taskapp.tasks.models import DERIVED_COLUMNS, Task
from taskapp.tasks.search import is_search

SORT_KEYS: SortKeys = {
    "id": Task.id,
    "created_at": Task.created_at,
    "updated_at": Task.updated_at,
    "due_date": Task.due_at,
    "priority": Task.priority,
    "status": Task.status,
    "title": Task.title_key,
    "position": Task.position,
}
DEFAULT_SORT = "-created_at"

# Rows, not objects, cost a third to load; and nobody is shown the columns that only serve searches.
TASK_COLUMNS = [c for c in Task.__table__.columns if c.name not in DERIVED_COLUMNS]


def visible_tasks(viewer: Actor) -> Select[Task]:
    """The tasks that the viewer may know of: owned, assigned, or all for an admin (contract §2)."""
    tasks = select(Task)
    return tasks if viewer.is_admin else tasks.where(or_(*_shares(viewer.id)))


def _shares(user_id: int | BindParameter[int]) -> list[ColumnElement[bool]]:
    """A user's share of the tasks, in parts that have none in common: owned, assigned."""
    return [
        Task.user_id == user_id,
        and_(Task.assignee_id == user_id, Task.user_id != user_id),
    ]


_SHARES = _shares(bindparam("viewer_id"))
_ANY_TASK = select(*TASK_COLUMNS).where(Task.id == bindparam("task_id"))
_SHARED_TASK = _ANY_TASK.where(or_(*_SHARES))


def tasks_of_viewer(*, is_admin: bool) -> Select[Task]:
    """The same in a statement to keep: its parameter is `viewer_id`."""
    return select(Task) if is_admin else select(Task).where(or_(*_SHARES))


def get_task(viewer: Actor, task_id: int) -> Row[Any]:
    """The row of one task; raises NotFound."""
    statement = _ANY_TASK if viewer.is_admin else _SHARED_TASK
    row = read_one(statement, {"task_id": task_id, "viewer_id": viewer.id})
    if row is None:
        raise NotFound
    return row


def find_tasks(viewer: Actor, ids: Collection[int]) -> Sequence[Row[Any]]:
    """The rows of those of the tasks that the viewer can see, in the order of their ids."""
    found = visible_tasks(viewer).where(Task.id.in_(ids)).order_by(Task.id)
    return read_all(found.with_only_columns(*TASK_COLUMNS))


def titles(viewer: Actor, ids: Collection[int]) -> dict[int, str]:
    """The title of each of those tasks that the viewer can see."""
    found = visible_tasks(viewer).where(Task.id.in_(ids)).order_by(Task.title)
    return {row.id: row.title for row in read_all(found.with_only_columns(Task.id, Task.title))}


def list_tasks(
    viewer: Actor, filters: Mapping[str, Any], *, sort: str = DEFAULT_SORT, **window: Any
) -> Page:
    """Those of the tasks that the viewer may see that pass all `filters` (`tasks.filters`).

    `window`: page, per_page and after, as in `core.pagination.fetch_page`.
    """
    return _fetch(None if viewer.is_admin else viewer.id, viewer, filters, sort, window)


def list_tasks_of(
    viewer: Actor,
    user_id: int,
    filters: Mapping[str, Any],
    *,
    sort: str = DEFAULT_SORT,
    **window: Any,
) -> Page:
    """The tasks that one user owns or is assigned, for that user and admins; as `list_tasks`.

    Raises Forbidden.
    """
    if viewer.id != user_id and not viewer.is_admin:
        raise Forbidden("These are somebody else's tasks.")
    return _fetch(user_id, viewer, filters, sort, window)


def _fetch(
    user_id: int | None,
    viewer: Actor,
    filters: Mapping[str, Any],
    sort: str,
    window: Mapping[str, Any],
) -> Page:
    bound = parameters(filters, viewer)
    names = tuple(sorted(bound))
    nulls = nulls_of(window.get("after"))
    if user_id is not None:
        bound["viewer_id"] = user_id
    return run(_listing(names, user_id is None, sort, nulls), bound, **window)


@lru_cache(maxsize=128)
def _listing(
    names: tuple[str, ...], is_whole: bool, sort: str, nulls: tuple[bool, ...] | None
) -> Listing:
    """The statements for all lists that are filtered and sorted alike."""
    order, wanted, is_dear = parse_sort(sort, SORT_KEYS), conditions(names), is_search(names)
    shares = [] if is_whole else _SHARES
    if is_dear:  # and no index has it in order, so it is done once for all
        shares = [or_(*shares)] if shares else []
    tasks = select(*TASK_COLUMNS)
    parts = [tasks.where(share, *wanted) for share in shares] or [tasks.where(*wanted)]
    return prepare(parts, order, nulls, is_dear=is_dear)
