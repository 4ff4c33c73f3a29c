"""Acts on the tasks that are selected in a list."""

from datetime import date
from typing import Any

from flask import Blueprint, abort, render_template, request
from flask import url_for as url
from flask.typing import ResponseReturnValue

from taskapp.core.errors import Invalid
from taskapp.core.text import whole_number
from taskapp.tasks import bulk
from taskapp.tasks.models import PRIORITIES
from taskapp.tasks.queries import find_tasks
from taskapp.web.access import current_actor, redirect_next
from taskapp.web.deletion import asks_first
from taskapp.web.notices import notify, notify_undoable
from taskapp.web.people import choosable, person_named

pages = Blueprint("bulk", __name__)

_DONE = {
    "complete": "completed",
    "reschedule": "moved",
    "priority": "changed",
    "assign": "assigned",
    "delete": "deleted",
}
# Instead of a user: ask who.
_ASK = "ask"


@pages.post("/tasks/bulk")
def change_tasks() -> ResponseReturnValue:
    """Do one thing to every selected task; of some deletions, ask first."""
    act, ids = request.values.get("action", ""), _selected()
    if act not in bulk.ACTS:
        abort(422, "That is nothing that can be done to tasks.")
    if not ids or len(ids) > bulk.MOST:
        abort(422, f"Select between one and {bulk.MOST} tasks.")
    actor = current_actor()
    is_sure = act != "delete" or "sure" in request.form
    if not is_sure and asks_first(actor, find_tasks(actor, ids)):
        return render_template("tasks/bulk_delete.html", ids=ids, what=_tasks(len(ids)))
    if act == "assign" and request.form.get("assignee_id") == _ASK:
        return _ask_for_assignee(ids)
    try:
        value = _value(act)
    except Invalid as refusal:
        if "assignee_id" not in refusal.errors:
            raise
        return _ask_for_assignee(ids, *refusal.errors["assignee_id"]), 422
    return _change(ids, act, value)


def _change(ids: list[int], act: str, value: Any) -> ResponseReturnValue:
    outcome = bulk.change_many(current_actor(), ids, act, value)
    sentences = []
    if outcome.done:
        sentences.append(f"{_tasks(len(outcome.done))} {_DONE[act]}.")
    if outcome.refused:
        verb = "is" if len(outcome.refused) == 1 else "are"
        sentences.append(f"{_tasks(len(outcome.refused))} {verb} not yours to change.")
    (notify_undoable if outcome.done else notify)(" ".join(sentences))
    return redirect_next(url("web.tasks.index"))


def _ask_for_assignee(ids: list[int], complaint: str = "") -> str:
    return render_template(
        "tasks/bulk_assign.html", ids=ids, people=choosable(), complaint=complaint
    )


def _selected() -> list[int]:
    given = request.form.getlist("ids")
    return sorted({number for raw in given if (number := whole_number(raw))})


def _value(act: str) -> Any:
    """What the act needs to know. Raises Invalid."""
    form = request.form
    if act == "reschedule":
        try:
            return date.fromisoformat(form.get("due_date", ""))
        except ValueError as problem:
            raise Invalid({act: ["Write the day as 2026-11-30."]}) from problem
    if act == "assign":
        if "assignee" in form:
            return person_named(form["assignee"].strip())
        raw = form.get("assignee_id", "")
        return (whole_number(raw) or 0) if raw else None  # nobody has the id 0
    if act == "priority" and form.get("priority") not in PRIORITIES:
        raise Invalid({act: ["Choose a priority from the list."]})
    return form.get("priority")


def _tasks(number: int) -> str:
    return "1 task" if number == 1 else f"{number} tasks"
