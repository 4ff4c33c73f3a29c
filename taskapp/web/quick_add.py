"""Quick add: one line makes a task, and a script shows beforehand how it is understood."""

from datetime import date
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from taskapp.core.errors import Invalid
from taskapp.core.text import is_storable
from taskapp.core.time import now
from taskapp.tasks.due import due_columns
from taskapp.tasks.from_line import ME, create_from_line, read_line
from taskapp.tasks.models import Task
from taskapp.web.access import current_actor
from taskapp.web.due import DueDate, due_date
from taskapp.web.forms.tasks import TaskForm

pages = Blueprint("quick_add", __name__)

LONGEST = 500


@pages.post("/tasks/preview")
def preview() -> ResponseReturnValue:
    """What was understood of a line; nothing is created."""
    line = request.form.get("title", "")[:LONGEST]
    if not line.strip() or not is_storable(line):
        return ""
    actor = current_actor()
    quick, values = read_line(actor, line)
    if not quick.tokens:
        return ""
    name = actor.username if quick.assignee == ME else quick.assignee
    return render_template(
        "tasks/_preview.html",
        quick=quick,
        name=name,
        assignee_id=values.get("assignee_id"),
        due=_due(quick.due_date),
        spans=_spans(quick.tokens),
    )


def create_from(form: TaskForm) -> Task:
    """Create a task from the line in the form's title. Raises Invalid, naming `title`."""
    line, day = form.title.data or "", form.due_date.data or ""
    if not is_storable(line):
        raise Invalid({"title": ["Leave out the characters that cannot be shown."]})
    if len(line) > LONGEST:
        raise Invalid({"title": [f"Use at most {LONGEST} characters."]})
    try:
        defaults = {"due_date": date.fromisoformat(day)} if day else {}
        return create_from_line(current_actor(), line, **defaults)
    except ValueError as problem:
        raise Invalid({"due_date": ["Write the day as 2026-11-30."]}) from problem
    except Invalid as refusal:
        errors = {"title" if name == "text" else name: e for name, e in refusal.errors.items()}
        raise Invalid(errors) from refusal


def _due(due: Any) -> DueDate | None:
    actor = current_actor()
    try:
        task = Task(status="todo", **due_columns(due, actor.zone))
    except Invalid:  # a day that cannot be stored; adding the task will say so
        return None
    return due_date(task, actor.zone, now())


def _spans(tokens: list[Any]) -> dict[str, str]:
    """Where in the line each kind of thing stands: `10-18,19-22`. Days and times are one kind."""
    spans: dict[str, list[str]] = {}
    for token in tokens:
        kind = "due" if token.kind == "time" else token.kind
        spans.setdefault(kind, []).append(f"{token.start}-{token.end}")
    return {kind: ",".join(parts) for kind, parts in spans.items()}
