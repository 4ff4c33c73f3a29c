"""Tasks by the day on which they are due, as their reader's clock has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, and_, case, func, or_

from taskapp.accounts.actor import Actor
from taskapp.core.database import read_all, read_one
from taskapp.core.time import end_of_day, now, start_of_day
from taskapp.tasks.models import Task
from taskapp.tasks.queries import TASK_COLUMNS, visible_tasks

UPCOMING_DAYS = 14
# No page shows more at once; who has more is told so.
MOST = 1000

_OPEN = Task.status != "done"


@dataclass(frozen=True)
class Counts:
    """How many open tasks there are, how many of them for today, and in the days to come."""

    open: int
    today: int
    late: int
    upcoming: int


def count_open(viewer: Actor) -> Counts:
    """The numbers beside the names of the lists, in one statement."""
    at = now()
    columns = {
        "open": func.count(),
        "today": _number_of(_until_today(viewer.zone, at)),
        "late": _number_of(Task.due_at <= at),
        "upcoming": _number_of(_upcoming(viewer.zone, at)),
    }
    labelled = [column.label(name) for name, column in columns.items()]
    tasks = visible_tasks(viewer).where(_OPEN)
    row = read_one(tasks.with_only_columns(*labelled, maintain_column_froms=True))
    return Counts(**{name: int(value or 0) for name, value in row._mapping.items()} if row else {})


def tasks_for_today(viewer: Actor) -> Sequence[Row[Any]]:
    """Open tasks that are overdue, or due today; what is due first comes first."""
    return _read(viewer, _OPEN, _until_today(viewer.zone, now()))


def upcoming_tasks(viewer: Actor) -> Sequence[Row[Any]]:
    """Open tasks that are due in the fourteen days after today."""
    return _read(viewer, _OPEN, _upcoming(viewer.zone, now()))


def tasks_between(viewer: Actor, first: date, last: date) -> Sequence[Row[Any]]:
    """Tasks, done ones as well, that are due from `first` to `last`, both included."""
    return _read(viewer, _due_between(first, last, viewer.zone))


def due_day(task: Any, zone: ZoneInfo) -> date:
    """The day on which a task with a due date stands in the calendar of somebody in `zone`."""
    day: date = task.due_on or task.due_at.astimezone(zone).date()
    return day


def _read(viewer: Actor, *conditions: ColumnElement[bool]) -> Sequence[Row[Any]]:
    order = (Task.due_at, Task.priority.desc(), Task.id.desc())
    tasks = visible_tasks(viewer).where(*conditions).order_by(*order).limit(MOST)
    return read_all(tasks.with_only_columns(*TASK_COLUMNS))


def _until_today(zone: ZoneInfo, at: datetime) -> ColumnElement[bool]:
    today = at.astimezone(zone).date()
    timed = and_(Task.due_on.is_(None), Task.due_at < end_of_day(today, zone))
    # The day of an owner further east may be over while it has not begun for the reader.
    return or_(Task.due_on <= today, timed, Task.due_at <= at)


def _upcoming(zone: ZoneInfo, at: datetime) -> ColumnElement[bool]:
    today = at.astimezone(zone).date()
    first, last = today + timedelta(days=1), today + timedelta(days=UPCOMING_DAYS)
    return and_(_due_between(first, last, zone), Task.due_at > at)


def _due_between(first: date, last: date, zone: ZoneInfo) -> ColumnElement[bool]:
    """An all-day due date counts as that day everywhere, an instant as its day in `zone`."""
    return or_(
        Task.due_on.between(first, last),
        and_(
            Task.due_on.is_(None),
            Task.due_at >= start_of_day(first, zone),
            Task.due_at < end_of_day(last, zone),
        ),
    )


def _number_of(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
