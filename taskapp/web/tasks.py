"""Tasks: the list, one task, and what can be done with it."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request
from flask import url_for as url
from flask.typing import ResponseReturnValue

from taskapp.core.errors import Forbidden, Invalid, Stale
from taskapp.tasks import queries, services
from taskapp.tasks.models import DESCRIPTION_LENGTH, STATUSES
from taskapp.tasks.policies import may_edit
from taskapp.web.access import current_actor, redirect_next
from taskapp.web.conflict import expected_versions, render_conflict, render_edit
from taskapp.web.deletion import asks_first
from taskapp.web.markdown import markdown
from taskapp.web.notices import notify, notify_undoable
from taskapp.web.quick_add import create_from
from taskapp.web.task_list import render_list
from taskapp.web.task_page import render_task, task_form

pages = Blueprint("tasks", __name__)


@pages.get("/tasks")
def index() -> ResponseReturnValue:
    """The tasks that one owns or is assigned, or those among them that one looks for."""
    return render_list()


@pages.get("/tasks/new")
def new_task() -> ResponseReturnValue:
    """An empty form; the address may already name values, such as the status."""
    form = task_form()
    form.process(request.args)
    return render_template("tasks/edit.html", form=form)


@pages.post("/tasks")
def create_task() -> ResponseReturnValue:
    """Create a task, from a line of quick add, a title alone or the whole form."""
    form, is_line = task_form(), "quick" in request.form
    if not is_line and not form.validate():
        return render_template("tasks/edit.html", form=form), 422
    try:
        task = (
            create_from(form) if is_line else services.create_task(current_actor(), form.values())
        )
    except Invalid as refusal:
        form.refuse(refusal)
        return render_template("tasks/edit.html", form=form), 422
    address = url(".show_task", task_id=task.id)
    notify(f"Added “{task.title}”.", link=("Open", address))
    return redirect_next(address)


@pages.get("/tasks/<id:task_id>")
def show_task(task_id: int) -> ResponseReturnValue:
    """One task."""
    return render_task(task_id)


@pages.get("/tasks/<id:task_id>/edit")
def edit_task(task_id: int) -> ResponseReturnValue:
    """The form, filled in."""
    task = _get_editable(task_id)
    return render_edit(task, task_form(task))


@pages.post("/tasks/<id:task_id>/edit")
def update_task(task_id: int) -> ResponseReturnValue:
    """Save the form, unless somebody else saved something in the meantime."""
    task = _get_editable(task_id)
    form = task_form(task)
    if not form.validate():
        return render_edit(task, form), 422
    try:
        services.update_task(current_actor(), task_id, form.changes(task), expected_versions())
    except Invalid as refusal:
        form.refuse(refusal)
        return render_edit(task, form), 422
    except Stale:
        return render_conflict(task_id, form), 409
    notify("Your changes are saved.")
    return redirect(url(".show_task", task_id=task_id))


@pages.post("/tasks/<id:task_id>/status")
def set_status(task_id: int) -> ResponseReturnValue:
    """Complete, reopen or begin a task; whoever sees it may."""
    status = request.form.get("status", "")
    if status not in STATUSES:
        abort(422, "A task is to do, in progress or done.")
    actor = current_actor()
    before = queries.get_task(actor, task_id).status
    task = services.set_status(actor, task_id, status)
    if task.status == "done" != before:
        notify_undoable(f"Completed “{task.title}”.")
    return redirect_next(url(".show_task", task_id=task_id))


@pages.post("/tasks/markdown")
def preview_description() -> ResponseReturnValue:
    """What becomes of a description, for the script that shows it; nothing is stored."""
    return markdown(request.form.get("text", "")[:DESCRIPTION_LENGTH])


@pages.post("/tasks/<id:task_id>/delete")
def delete_task(task_id: int) -> ResponseReturnValue:
    """Delete a task; ask first where logged time or files go with it."""
    task = _get_editable(task_id)
    if "sure" not in request.form and asks_first(current_actor(), [task]):
        return render_template("tasks/delete.html", task=task)
    services.delete_task(current_actor(), task_id)
    notify_undoable(f"Deleted “{task.title}”.")
    return redirect(url(".index"))


def _get_editable(task_id: int) -> Any:
    task = queries.get_task(current_actor(), task_id)
    if not may_edit(current_actor(), task):
        raise Forbidden("Only the owner of a task may change or delete it.")
    return task
