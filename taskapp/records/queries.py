"""Reading records. Every query starts from those that its viewer may manage."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, func, select

from taskapp.accounts.actor import Actor
from taskapp.core.database import read_all, read_one, read_scalar
from taskapp.core.errors import Forbidden, NotFound
from taskapp.core.pagination import Page, fetch_page
from taskapp.records.models import TaskRecord

SORT_KEYS = {
    "completion_date": TaskRecord.completion_date,
    "time_spent": TaskRecord.time_spent,
    "id": TaskRecord.id,
}
DEFAULT_SORT = "-completion_date"
_BATCH = 500


def visible_records(viewer: Actor) -> Select[TaskRecord]:
    """The records that the viewer may know of: one's own, or all for an admin (contract §2)."""
    records = select(TaskRecord)
    return records if viewer.is_admin else records.where(TaskRecord.user_id == viewer.id)


def get_record(viewer: Actor, record_id: int) -> Row[Any]:
    """The row of one record; raises NotFound."""
    row = read_one(_columns_of(visible_records(viewer).where(TaskRecord.id == record_id)))
    if row is None:
        raise NotFound
    return row


def list_records(
    viewer: Actor,
    filters: Mapping[str, Any],
    *,
    sort: str = DEFAULT_SORT,
    **window: Any,
) -> Page:
    """Those of the records that the viewer may see that pass all `filters`.

    `filters`: user_id, task_id, date_from and date_to (dates, both included). Raises Forbidden
    when a non-admin names somebody else, as analytics do.

    `window`: page, per_page and after, as in `core.pagination.fetch_page`.
    """
    records = _passing(viewer, filters)
    return fetch_page(_columns_of(records), SORT_KEYS, sort, **window)


def record_batches(viewer: Actor, filters: Mapping[str, Any]) -> Iterator[Sequence[Row[Any]]]:
    """All the records that `list_records` gives in pages, newest first, some hundreds at a time.

    Each batch is read when it is asked for, and no connection is held in between.
    """
    page = list_records(viewer, filters, per_page=_BATCH)
    yield page.items
    while page.next_position is not None:
        page = list_records(viewer, filters, per_page=_BATCH, after=page.next_position)
        yield page.items


def total_minutes(viewer: Actor, filters: Mapping[str, Any]) -> int:
    """The time of all the records that `list_records` gives in pages."""
    minutes = func.sum(TaskRecord.time_spent)
    return int(read_scalar(_passing(viewer, filters).with_only_columns(minutes)) or 0)


def latest_tasks(user_id: int, most: int) -> list[int]:
    """The ids of the tasks on which a user has the latest records, at most so many."""
    tasks = select(TaskRecord.task_id).where(TaskRecord.user_id == user_id)
    tasks = tasks.group_by(TaskRecord.task_id).order_by(func.max(TaskRecord.id).desc())
    return [row.task_id for row in read_all(tasks.limit(most))]


def _passing(viewer: Actor, filters: Mapping[str, Any]) -> Select[TaskRecord]:
    if filters.get("user_id", viewer.id) != viewer.id and not viewer.is_admin:
        raise Forbidden("Only an admin may see the records of others.")
    conditions = {
        "user_id": TaskRecord.user_id.__eq__,
        "task_id": TaskRecord.task_id.__eq__,
        "date_from": TaskRecord.completion_date.__ge__,
        "date_to": TaskRecord.completion_date.__le__,
    }
    return visible_records(viewer).where(
        *(passes(filters[name]) for name, passes in conditions.items() if name in filters)
    )


def _columns_of(records: Select[Any]) -> Select[Any]:
    return records.with_only_columns(*TaskRecord.__table__.columns)
