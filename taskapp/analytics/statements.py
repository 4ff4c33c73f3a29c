"""The statements that count a period: built once for it, since that takes longer than to run them.

Each takes the parameters that `parameters` gives.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Executable,
    Select,
    bindparam,
    case,
    func,
    null,
    select,
    type_coerce,
    union_all,
)

from taskapp.accounts.actor import Actor
from taskapp.accounts.models import User
from taskapp.analytics.period import Period
from taskapp.core.functions import seconds_between
from taskapp.core.time import now
from taskapp.core.types import UtcDateTime
from taskapp.records.models import TaskRecord
from taskapp.tasks.filters import is_overdue
from taskapp.tasks.models import PRIORITIES, STATUSES, Task
from taskapp.tasks.queries import tasks_of_viewer


@dataclass(frozen=True)
class Tasks:
    """Of which tasks: those an admin sees, or another; and whether only those of one owner."""

    is_admin: bool
    has_owner: bool


def parameters(viewer: Actor, owner_id: int | None) -> Mapping[str, Any]:
    """Who asks, and whose tasks are counted."""
    return {"viewer_id": viewer.id, "owner_id": owner_id, "now": now()}


@lru_cache(maxsize=64)
def created(of: Tasks, period: Period) -> Executable:
    """For each day its tasks: all, by status, by priority, overdue.

    A row of sums, because grouping by several columns would make SQLite sort all the tasks.
    """
    day = period.day_of(Task.created_at).label("day")
    sums = [_count(Task.status == word).label(word) for word in STATUSES]
    sums += [_count(Task.priority == word).label(word) for word in PRIORITIES]
    sums.append(_count(is_overdue(bindparam("now", type_=UtcDateTime()))).label("overdue"))
    tasks = _tasks(of).where(period.contains(Task.created_at))
    return tasks.with_only_columns(day, func.count().label("total"), *sums).group_by("day")


@lru_cache(maxsize=64)
def owners(of: Tasks, period: Period) -> Executable:
    """The name of each owner of a task that was created, and how many."""
    # `+ 0`, or MariaDB walks the index of owners, and reads all of the table in that order.
    owner, number = (Task.user_id + 0).label("owner"), func.count().label("number")
    tasks = _tasks(of).where(period.contains(Task.created_at))
    counted = tasks.with_only_columns(owner, number).group_by("owner").subquery()
    return select(User.username, counted.c.number).join(counted, counted.c.owner == User.id)


@lru_cache(maxsize=64)
def completed(of: Tasks, period: Period) -> Executable:
    """For each day how many tasks were completed, and how many seconds after their creation."""
    day = period.day_of(Task.completed_at).label("day")
    seconds = func.sum(seconds_between(Task.created_at, Task.completed_at))
    tasks = _tasks(of).where(period.contains(Task.completed_at))
    return tasks.with_only_columns(day, func.count(), seconds).group_by("day")


@lru_cache(maxsize=64)
def recorded(of: Tasks, period: Period) -> Executable:
    """The minutes recorded: by user, where there is a name; by day, where there is a day.

    One pass over the records for both: each has to be looked up with its task.
    """
    user, day = TaskRecord.user_id.label("of_user"), TaskRecord.completion_date.label("day")
    minutes = func.sum(TaskRecord.time_spent).label("minutes")
    sums = (
        _tasks(of)
        .join(TaskRecord, TaskRecord.task_id == Task.id)
        .where(day.between(period.start, period.end), TaskRecord.time_spent > 0)
        .with_only_columns(user, day, minutes)
        .group_by(user, day)
        .cte("sums")
    )
    total, no_day = func.sum(sums.c.minutes), type_coerce(null(), Date())
    of_user = select(User.username, no_day, total).join(sums, sums.c.of_user == User.id)
    of_day = select(null(), sums.c.day, total)
    return union_all(of_user.group_by(User.username), of_day.group_by(sums.c.day))


def _tasks(of: Tasks) -> Select[Any]:
    tasks = tasks_of_viewer(is_admin=of.is_admin)
    return tasks.where(Task.user_id == bindparam("owner_id")) if of.has_owner else tasks


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))
