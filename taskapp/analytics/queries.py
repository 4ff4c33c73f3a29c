"""The figures, counted by the database in a constant number of statements."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Executable

from taskapp.accounts.actor import Actor
from taskapp.analytics import statements
from taskapp.analytics.period import Period, period_of, weeks_until
from taskapp.core.database import snapshot
from taskapp.core.errors import Forbidden
from taskapp.core.time import today
from taskapp.tasks.models import PRIORITIES, STATUSES


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
    with _counting(viewer, user_id) as count:
        return _figures(count, period)


def get_report(
    viewer: Actor,
    start: date | None = None,
    end: date | None = None,
    user_id: int | None = None,
) -> Report:
    """What `get_figures` gives, beside what came before; the same arguments and refusals."""
    period = period_of(viewer.zone, start, end)
    weeks = weeks_until(today(viewer.zone), viewer.zone)
    with _counting(viewer, user_id) as count:
        return Report(
            now=_figures(count, period),
            before=_figures(count, period.before),
            first_week=weeks.start,
            completions=_completed(count, weeks)["completed_by_day"],
        )


_Statement = Callable[[statements.Tasks, Period], Executable]
_Count = Callable[[_Statement, Period], Sequence[Any]]


@contextmanager
def _counting(viewer: Actor, user_id: int | None) -> Iterator[_Count]:
    """What runs one of the statements for a period; all of them see the same tasks."""
    if user_id not in {None, viewer.id} and not viewer.is_admin:
        raise Forbidden("Only an admin may ask for the figures of others.")
    tasks = statements.Tasks(is_admin=viewer.is_admin, has_owner=user_id is not None)
    given = statements.parameters(viewer, user_id)
    with snapshot() as connection:
        yield lambda statement, period: connection.execute(statement(tasks, period), given).all()


def _figures(count: _Count, period: Period) -> Figures:
    return Figures(
        start=period.start,
        end=period.end,
        **_created(count, period),
        **_completed(count, period),
        **_recorded(count, period),
    )


def _created(count: _Count, period: Period) -> dict[str, Any]:
    days = count(statements.created, period)

    def total(name: str) -> int:
        return sum(getattr(day, name) for day in days)

    return {
        "by_status": {word: total(word) for word in STATUSES},
        "by_priority": {word: total(word) for word in PRIORITIES},
        "overdue": total("overdue"),
        "by_user": dict(count(statements.owners, period)),
        "created_by_day": {row.day: row.total for row in days},
    }


def _completed(count: _Count, period: Period) -> dict[str, Any]:
    rows = count(statements.completed, period)
    completed = {day: number for day, number, _ in rows}
    hours = sum(float(seconds) for _, _, seconds in rows) / 3600
    # SQLite counts in milliseconds, so further digits would tell the databases apart.
    mean = round(hours / sum(completed.values()), 4) if completed else None
    return {"completed_by_day": completed, "mean_hours_to_complete": mean}


def _recorded(count: _Count, period: Period) -> dict[str, Any]:
    rows = count(statements.recorded, period)
    return {
        "minutes_by_user": {name: int(minutes) for name, _, minutes in rows if name},
        "minutes_by_day": {day: int(minutes) for _, day, minutes in rows if day},
    }
