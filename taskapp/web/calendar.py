"""The calendar: a month or a week of tasks, on the days of its reader's clock."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, abort, render_template, request
from flask import url_for as url
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from taskapp.core.time import now
from taskapp.tasks import agenda
from taskapp.tasks.services import reschedule
from taskapp.web.access import current_actor, redirect_next, wants_fragment
from taskapp.web.notices import notify
from taskapp.web.people import names_of
from taskapp.web.words import day_words

pages = Blueprint("calendar", __name__)

# Tasks that a day of the month shows; the rest is in the agenda of that day.
SHOWN = 3
# The calendar ends where every database can hold what lies around the month.
_FIRST, _LAST = date(1001, 1, 1), date(9998, 12, 31)


@dataclass(frozen=True)
class Day:
    """A day of the calendar, with its tasks: whole days first, then by the clock."""

    day: date
    tasks: list[Any]
    is_out: bool
    is_today: bool
    is_picked: bool


@dataclass(frozen=True)
class Range:
    """What the calendar shows: the month or the week of a day."""

    view: str
    day: date

    @property
    def weeks(self) -> list[list[date]]:
        """The days, in weeks that begin on Monday."""
        if self.view == "month":
            return calendar.Calendar().monthdatescalendar(self.day.year, self.day.month)
        monday = self.day - timedelta(days=self.day.weekday())
        return [[monday + timedelta(days=number) for number in range(7)]]

    @property
    def title(self) -> str:
        """`November 2026`, `16 to 22 November 2026`."""
        if self.view == "month":
            return f"{self.day:%B %Y}"
        first, last = self.weeks[0][0], self.weeks[0][-1]
        start = f"{first.day}" if first.month == last.month else f"{first.day} {first:%B}"
        return f"{start} to {last.day} {last:%B} {last.year}"

    def beside(self, step: int) -> "Range":
        """The month or week before (-1) or after (1) this one."""
        if self.view == "week":
            return Range(self.view, _within(self.day + timedelta(days=7 * step)))
        month = self.day.year * 12 + self.day.month - 1 + step
        return Range(self.view, _within(date(month // 12, month % 12 + 1, 1)))


@pages.get("/calendar")
def show_calendar() -> ResponseReturnValue:
    """A month or a week, and the agenda of one day."""
    actor = current_actor()
    today = now().astimezone(actor.zone).date()
    shown = read_range(request.args, today)
    weeks = shown.weeks
    tasks = agenda.tasks_between(actor, weeks[0][0], weeks[-1][-1])
    by_day: dict[date, list[Any]] = {}
    for task in tasks:
        by_day.setdefault(agenda.due_day(task, actor.zone), []).append(task)
    days = [
        [
            Day(
                day,
                sorted(by_day.get(day, ()), key=_by_the_clock),
                is_out=shown.view == "month" and day.month != shown.day.month,
                is_today=day == today,
                is_picked=day == shown.day,
            )
            for day in week
        ]
        for week in weeks
    ]
    return render_template(
        "tasks/calendar.html",
        range=shown,
        weeks=days,
        picked=next(day for week in days for day in week if day.is_picked),
        today=today,
        shown=SHOWN if shown.view == "month" else len(tasks),
        is_cut=len(tasks) == agenda.MOST,
        people=names_of(tasks),
    )


@pages.post("/tasks/<id:task_id>/reschedule")
def reschedule_task(task_id: int) -> ResponseReturnValue:
    """Put a task on another day; one that is due at a time keeps the time of day."""
    actor = current_actor()
    try:
        day = date.fromisoformat(request.form.get("due_date", ""))
    except ValueError:
        abort(422, "Write the day as 2026-11-30.")
    task = reschedule(actor, task_id, day)
    if wants_fragment():
        return "", 204
    today = now().astimezone(actor.zone).date()
    notify(f"Moved “{task.title}” to {day_words(day, today)}.")
    return redirect_next(url(".show_calendar", date=day.isoformat()))


def read_range(args: MultiDict[str, str], today: date) -> Range:
    """The range that the query of a URL asks for; today's month where that makes no sense."""
    try:
        day = _within(date.fromisoformat(args.get("date", "")))
    except ValueError:
        day = today
    return Range("week" if args.get("view") == "week" else "month", day)


def _within(day: date) -> date:
    return min(max(day, _FIRST), _LAST)


def _by_the_clock(task: Any) -> tuple[bool, datetime, Sequence[Any]]:
    return task.due_on is None, task.due_at, (task.title, task.id)
