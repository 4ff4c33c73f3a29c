"""Tasks by the day on which they are due, as their reader's clock has it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Executable,
    Row,
    and_,
    bindparam,
    case,
    func,
    or_,
)

from taskapp.accounts.actor import Actor
from taskapp.core.database import read_all
from taskapp.core.time import end_of_day, now, start_of_day
from taskapp.tasks.models import Task
from taskapp.tasks.queries import TASK_COLUMNS, tasks_of_viewer, visible_tasks

UPCOMING_DAYS = 14
# No page shows more at once; who has more is told so.
MOST = 1000

# Their parameters are `_moments` and `_days`.
_OPEN = Task.status != "done"
_LATE = Task.due_at <= bindparam("at")
_UNTIL_TODAY = or_(
    Task.due_on <= bindparam("today"),
    and_(Task.due_on.is_(None), Task.due_at < bindparam("today_ends")),
    # The day of an owner further east may be over while it has not begun for the reader.
    _LATE,
)
# An all-day due date counts as that day everywhere, an instant as its day for the reader.
_BETWEEN = or_(
    Task.due_on.between(bindparam("first"), bindparam("last")),
    and_(
        Task.due_on.is_(None),
        Task.due_at >= bindparam("first_begins"),
        Task.due_at < bindparam("last_ends"),
    ),
)
_UPCOMING = and_(_BETWEEN, Task.due_at > bindparam("at"))


@dataclass(frozen=True)
class Counts:
    """How many open tasks there are, how many of them for today, and in the days to come."""

    open: int
    today: int
    late: int
    upcoming: int


def count_open(viewer: Actor) -> Counts:
    """The numbers beside the names of the lists, in one statement."""
    [row] = read_all(_counts(viewer.is_admin), {"viewer_id": viewer.id, **_moments(viewer.zone)})
    return Counts(**row._mapping)


@cache  # every page runs it
def _counts(is_admin: bool) -> Executable:
    return (
        tasks_of_viewer(is_admin=is_admin)
        .where(_OPEN)
        .with_only_columns(
            func.count().label("open"),
            _number_of(_UNTIL_TODAY).label("today"),
            _number_of(_LATE).label("late"),
            _number_of(_UPCOMING).label("upcoming"),
            maintain_column_froms=True,
        )
    )


def tasks_for_today(viewer: Actor) -> Sequence[Row[Any]]:
    """Open tasks that are overdue, or due today; what is due first comes first."""
    return _read(viewer, _moments(viewer.zone), _OPEN, _UNTIL_TODAY)


def upcoming_tasks(viewer: Actor) -> Sequence[Row[Any]]:
    """Open tasks that are due in the fourteen days after today."""
    return _read(viewer, _moments(viewer.zone), _OPEN, _UPCOMING)


def tasks_between(viewer: Actor, first: date, last: date) -> Sequence[Row[Any]]:
    """Tasks, done ones as well, that are due from `first` to `last`, both included."""
    return _read(viewer, _days(first, last, viewer.zone), _BETWEEN)


def due_day(task: Any, zone: ZoneInfo) -> date:
    """The day on which a task with a due date stands in the calendar of somebody in `zone`."""
    day: date = task.due_on or task.due_at.astimezone(zone).date()
    return day


def _read(
    viewer: Actor, parameters: Mapping[str, Any], *conditions: ColumnElement[bool]
) -> Sequence[Row[Any]]:
    order = (Task.due_at, Task.priority.desc(), Task.id.desc())
    tasks = visible_tasks(viewer).where(*conditions).order_by(*order).limit(MOST)
    return read_all(tasks.with_only_columns(*TASK_COLUMNS), parameters)


def _moments(zone: ZoneInfo) -> dict[str, Any]:
    """The present in `zone`, and the days that are upcoming there."""
    at = now()
    today = at.astimezone(zone).date()
    first, last = today + timedelta(days=1), today + timedelta(days=UPCOMING_DAYS)
    return {
        "at": at,
        "today": today,
        "today_ends": end_of_day(today, zone),
        **_days(first, last, zone),
    }


def _days(first: date, last: date, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "first": first,
        "last": last,
        "first_begins": start_of_day(first, zone),
        "last_ends": end_of_day(last, zone),
    }


def _number_of(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))
