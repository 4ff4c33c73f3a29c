"""The figures, counted by the database in a constant number of statements."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Select,
    case,
    func,
    null,
    select,
    type_coerce,
    union_all,
)

from taskapp.accounts.actor import Actor
from taskapp.accounts.models import User
from taskapp.analytics.period import Period, period_of, weeks_until
from taskapp.core.database import snapshot
from taskapp.core.errors import Forbidden
from taskapp.core.functions import seconds_between
from taskapp.core.time import now, today
from taskapp.records.models import TaskRecord
from taskapp.tasks.filters import is_overdue
from taskapp.tasks.models import PRIORITIES, STATUSES, Task
from taskapp.tasks.queries import visible_tasks


@dataclass(frozen=True)
class Figures:
    """The figures of a period (contract §3). Days with nothing are left out."""

    start: date
    end: date
    # Of the tasks created in the period:
    by_status: Mapping[str, int]
    by_priority: Mapping[str, int]
    by_user: Mapping[str, int]  # owners by name
    overdue: int
    created_by_day: Mapping[date, int]
    # Of the tasks completed in it:
    completed_by_day: Mapping[date, int]
    mean_hours_to_complete: float | None
    # Of the records of its days, in minutes:
    minutes_by_user: Mapping[str, int]  # who recorded them, by name
    minutes_by_day: Mapping[date, int]

    @property
    def total(self) -> int:
        """The tasks created."""
        return sum(self.by_status.values())

    @property
    def completed(self) -> int:
        """The tasks completed, whenever they were created."""
        return sum(self.completed_by_day.values())

    @property
    def completion_rate(self) -> float | None:
        """The share of the tasks created that is done now, from 0 to 1."""
        return self.by_status["done"] / self.total if self.total else None

    @property
    def minutes(self) -> int:
        """All time recorded."""
        return sum(self.minutes_by_day.values())


@dataclass(frozen=True)
class Report:
    """The figures of a period, those of as many days before it, and half a year of completions."""

    now: Figures
    before: Figures
    first_week: date  # the Monday from which completions are counted, until today
    completions: Mapping[date, int]


def get_figures(
    viewer: Actor,
    start: date | None = None,
    end: date | None = None,
    user_id: int | None = None,
) -> Figures:
    """The figures of the tasks that the viewer sees, or of those of them that `user_id` owns.

    Days are those of the viewer's time zone; the default is today and the 29 days before. Raises
    Invalid for an impossible period, Forbidden when a non-admin names somebody else.
    """
    period = period_of(viewer.zone, start, end)
    tasks = _tasks_of(viewer, user_id)
    with snapshot() as connection:
        return _figures(connection, tasks, period)


def get_report(
    viewer: Actor,
    start: date | None = None,
    end: date | None = None,
    user_id: int | None = None,
) -> Report:
    """What `get_figures` gives, beside what came before; the same arguments and refusals."""
    period = period_of(viewer.zone, start, end)
    weeks = weeks_until(today(viewer.zone), viewer.zone)
    tasks = _tasks_of(viewer, user_id)
    with snapshot() as connection:
        return Report(
            now=_figures(connection, tasks, period),
            before=_figures(connection, tasks, period.before),
            first_week=weeks.start,
            completions=_completed(connection, tasks, weeks)["completed_by_day"],
        )


def _tasks_of(viewer: Actor, user_id: int | None) -> Select[Any]:
    if user_id not in {None, viewer.id} and not viewer.is_admin:
        raise Forbidden("Only an admin may ask for the figures of others.")
    tasks = visible_tasks(viewer)
    return tasks if user_id is None else tasks.where(Task.user_id == user_id)


def _figures(connection: Connection, tasks: Select[Any], period: Period) -> Figures:
    return Figures(
        start=period.start,
        end=period.end,
        **_created(connection, tasks.where(period.contains(Task.created_at)), period),
        **_completed(connection, tasks, period),
        **_recorded(connection, tasks, period),
    )


def _created(connection: Connection, tasks: Select[Any], period: Period) -> dict[str, Any]:
    # A row of sums for each day: grouping by several columns would make SQLite sort all the tasks.
    day = period.day_of(Task.created_at).label("day")
    sums = {word: _count(Task.status == word) for word in STATUSES}
    sums |= {word: _count(Task.priority == word) for word in PRIORITIES}
    sums["overdue"] = _count(is_overdue(now()))
    days = tasks.with_only_columns(day, func.count(), *sums.values()).group_by("day")
    rows = connection.execute(days).all()
    counts = dict.fromkeys(sums, 0)
    for _, _, *of_day in rows:
        for name, number in zip(sums, of_day, strict=True):
            counts[name] += number
    # `+ 0`, or MariaDB walks the index of owners, and reads all of the table in that order.
    owner, number = (Task.user_id + 0).label("owner"), func.count().label("number")
    owners = tasks.with_only_columns(owner, number).group_by("owner").subquery()
    names = select(User.username, owners.c.number).join(owners, owners.c.owner == User.id)
    return {
        "by_status": {word: counts[word] for word in STATUSES},
        "by_priority": {word: counts[word] for word in PRIORITIES},
        "overdue": counts["overdue"],
        "by_user": dict(connection.execute(names).all()),
        "created_by_day": {day: number for day, number, *_ in rows},
    }


def _completed(connection: Connection, tasks: Select[Any], period: Period) -> dict[str, Any]:
    day = period.day_of(Task.completed_at).label("day")
    seconds = func.sum(seconds_between(Task.created_at, Task.completed_at))
    tasks = tasks.where(period.contains(Task.completed_at))
    days = tasks.with_only_columns(day, func.count(), seconds).group_by("day")
    rows = connection.execute(days).all()
    completed = {day: number for day, number, _ in rows}
    hours = sum(float(seconds) for _, _, seconds in rows) / 3600
    # SQLite counts in milliseconds, so further digits would tell the databases apart.
    mean = round(hours / sum(completed.values()), 4) if completed else None
    return {"completed_by_day": completed, "mean_hours_to_complete": mean}


def _recorded(connection: Connection, tasks: Select[Any], period: Period) -> dict[str, Any]:
    user, day = TaskRecord.user_id.label("of_user"), TaskRecord.completion_date.label("day")
    minutes = func.sum(TaskRecord.time_spent).label("minutes")
    # One pass over the records for both figures: each has to be looked up with its task.
    sums = (
        tasks.join(TaskRecord, TaskRecord.task_id == Task.id)
        .where(day.between(period.start, period.end), TaskRecord.time_spent > 0)
        .with_only_columns(user, day, minutes)
        .group_by(user, day)
        .cte("sums")
    )
    total, no_day = func.sum(sums.c.minutes), type_coerce(null(), Date())
    of_user = select(User.username, no_day, total).join(sums, sums.c.of_user == User.id)
    of_day = select(null(), sums.c.day, total)
    both = union_all(of_user.group_by(User.username), of_day.group_by(sums.c.day))
    rows = connection.execute(both).all()
    return {
        "minutes_by_user": {name: int(minutes) for name, _, minutes in rows if name},
        "minutes_by_day": {day: int(minutes) for _, day, minutes in rows if day},
    }


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))
