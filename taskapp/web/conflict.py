"""Two people edit one thing: neither loses a word, and of a task each learns what the other did."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from flask import g, render_template, request

from taskapp.accounts.queries import names
from taskapp.core.text import whole_number
from taskapp.core.time import now
from taskapp.events.history import history_after
from taskapp.tasks.queries import get_task
from taskapp.web.access import current_actor
from taskapp.web.forms.tasks import TaskForm
from taskapp.web.history import Reader, lines, people_of

_MOST = 50


def expected_versions() -> set[int] | None:
    """The version that the form was filled from, as the services take it.

    None where it was sent without one; what was never a version is no version of anything.
    """
    raw = request.form.get("version", "")
    return {whole_number(raw) or 0} if raw else None


def render_edit(task: Any, form: TaskForm) -> str:
    """The form of a task, with what has happened to the task since the form was first opened."""
    since = _since()
    return render_template(
        "tasks/edit.html", task=task, form=form, since=since, **_told(_events(task.id, since))
    )


def render_conflict(task_id: int, form: TaskForm) -> str:
    """The form of somebody who saves after somebody else: what is stored beside what was typed.

    The form takes over what the others changed and this one did not; saved again, it prevails.
    """
    events = _events(task_id, _since())
    stored = get_task(current_actor(), task_id)
    form.version.data = str(stored.version)
    form.take_over(stored, _before(events))
    return render_template(
        "tasks/edit.html",
        task=stored,
        form=form,
        since=g.last_event,
        differences=form.differences(stored),
        **_told(events),
    )


def _since() -> int:
    """The last event of when the form was opened; it goes with the form from page to page."""
    event = whole_number(request.values.get("event", ""))
    return g.last_event if event is None else event


def _events(task_id: int, since: int) -> Sequence[Any]:
    return history_after(task_id, since, _MOST)


def _told(events: Sequence[Any]) -> dict[str, Any]:
    people = names(people_of(events))
    return {
        "changes": lines(events, Reader(current_actor().zone, now(), people)),
        "people": people,
    }


def _before(events: Sequence[Any]) -> dict[str, Any]:
    """What the fields that were changed held before the first change, as `TaskForm.values`."""
    before: dict[str, Any] = {}
    for event in events:
        if event.type == "task.updated":
            for name, (value, _) in event.changes.items():
                before.setdefault(name, value)
    if due := before.get("due_date"):
        before["due_date"] = datetime.fromisoformat(due) if "T" in due else date.fromisoformat(due)
    return before
