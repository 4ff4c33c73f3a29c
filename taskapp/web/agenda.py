"""What is due today, and in the days to come."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from taskapp.core.time import now
from taskapp.tasks import agenda
from taskapp.web.access import current_actor
from taskapp.web.due import group_by_due_date
from taskapp.web.people import names_of
from taskapp.web.words import day_words

pages = Blueprint("agenda", __name__)


@pages.get("/today")
def show_today() -> ResponseReturnValue:
    """Open tasks that are overdue or due today."""
    actor = current_actor()
    tasks = agenda.tasks_for_today(actor)
    groups = group_by_due_date(tasks, actor.zone)
    today = now().astimezone(actor.zone).date()
    return _page(
        "today", "Today", tasks, groups, today=today, day=f"{today:%A} {today.day} {today:%B}"
    )


@pages.get("/upcoming")
def show_upcoming() -> ResponseReturnValue:
    """Open tasks of the next fourteen days, day by day."""
    actor = current_actor()
    tasks = agenda.upcoming_tasks(actor)
    today = now().astimezone(actor.zone).date()
    days: dict[Any, list[Any]] = {}
    for task in tasks:
        days.setdefault(agenda.due_day(task, actor.zone), []).append(task)
    groups = [(day_words(day, today), days[day]) for day in sorted(days)]
    until = today + timedelta(days=agenda.UPCOMING_DAYS)
    return _page("upcoming", "Upcoming", tasks, groups, day=f"until {day_words(until, today)}")


def _page(
    place: str, title: str, tasks: Sequence[Any], groups: list[tuple[str, list[Any]]], **rest: Any
) -> str:
    return render_template(
        "tasks/agenda.html",
        here_is=place,
        title=title,
        tasks=tasks,
        groups=groups,
        most=agenda.MOST,
        people=names_of(tasks),
        **rest,
    )
