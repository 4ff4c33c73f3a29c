"""Logged time: one's own records, and the form of each."""

from functools import partial
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, stream_with_context
from flask import url_for as url
from flask.typing import ResponseReturnValue

from taskapp.core.errors import Invalid, Stale
from taskapp.records import queries, services
from taskapp.tasks.queries import get_task, titles
from taskapp.web.access import current_actor, redirect_next
from taskapp.web.conflict import expected_versions
from taskapp.web.forms.time import LogForm, RecordForm
from taskapp.web.listing import page_numbers
from taskapp.web.notices import notify
from taskapp.web.task_page import render_task
from taskapp.web.timelog import TimeFilter, read_filter, time_csv
from taskapp.web.words import duration_words

pages = Blueprint("time", __name__)

_PER_PAGE = 50
_CHOICES = 200  # tasks to filter by


@pages.get("/time")
def index() -> ResponseReturnValue:
    """What one has logged, newest first."""
    actor, wanted = current_actor(), read_filter(request.args)
    filters = wanted.filters(actor)
    found = queries.list_records(actor, filters, page=wanted.page, per_page=_PER_PAGE)
    if found.total and not found.items:
        return redirect(url(".index", **wanted.args(page=found.pages)))
    named = {*queries.latest_tasks(actor.id, _CHOICES), *(row.task_id for row in found.items)}
    if wanted.task_id is not None:
        named.add(wanted.task_id)
    return render_template(
        "time/log.html",
        wanted=wanted,
        found=found,
        total=queries.total_minutes(actor, filters),
        titles=titles(actor, named),
        numbers=page_numbers(found.page, found.pages),
    )


@pages.get("/time.csv")
def download() -> ResponseReturnValue:
    """The same as a file for spreadsheets."""
    actor, wanted = current_actor(), read_filter(request.args)
    batches = queries.record_batches(actor, wanted.filters(actor))
    body = stream_with_context(time_csv(batches, partial(titles, actor)))
    headers = {"Content-Disposition": f'attachment; filename="{_filename(wanted)}"'}
    return Response(body, headers=headers, content_type="text/csv; charset=utf-8")


@pages.post("/tasks/<id:task_id>/time")
def log_time(task_id: int) -> ResponseReturnValue:
    """Log work on a task, and complete it if that is wanted."""
    actor, form = current_actor(), LogForm()
    task = get_task(actor, task_id)
    if not form.validate():
        return render_task(task_id, log_form=form), 422
    completes = request.form.get("do") == "complete"
    try:
        values = form.values() | {"task_id": task_id, "mark_done": completes}
        services.create_record(actor, values)
    except Invalid as refusal:
        form.refuse(refusal)
        return render_task(task_id, log_form=form), 422
    words = duration_words(form.time_spent())
    notify(f"Logged {words}, and completed “{task.title}”." if completes else f"Logged {words}.")
    return redirect(url("web.tasks.show_task", task_id=task_id, _anchor="time"))


@pages.get("/time/<id:record_id>/edit")
def edit_record(record_id: int) -> ResponseReturnValue:
    """The form of a record."""
    record = queries.get_record(current_actor(), record_id)
    return _edit_page(record, RecordForm.of(record))


@pages.post("/time/<id:record_id>/edit")
def update_record(record_id: int) -> ResponseReturnValue:
    """Save it, unless it was changed in the meantime."""
    actor, form = current_actor(), RecordForm()
    record = queries.get_record(actor, record_id)
    if not form.validate():
        return _edit_page(record, form), 422
    try:
        services.update_record(actor, record_id, form.values(), expected_versions())
    except Invalid as refusal:
        form.refuse(refusal)
        return _edit_page(record, form), 422
    except Stale:
        form.version.data = str(record.version)
        form.form_errors.append("This was changed while you were editing it. Save to overwrite it.")
        return _edit_page(record, form), 409
    notify("Your changes are saved.")
    return redirect_next(url(".index"))


@pages.post("/time/<id:record_id>/delete")
def delete_record(record_id: int) -> ResponseReturnValue:
    """Delete a record, and take its time off the task."""
    actor = current_actor()
    record = queries.get_record(actor, record_id)
    services.delete_record(actor, record_id)
    notify(f"Deleted {duration_words(record.time_spent)} of logged time.")
    return redirect_next(url(".index"))


def _edit_page(record: Any, form: RecordForm) -> str:
    title = titles(current_actor(), [record.task_id]).get(record.task_id)
    return render_template("time/edit.html", record=record, form=form, title=title)


def _filename(wanted: TimeFilter) -> str:
    days = [day for day in (wanted.date_from, wanted.date_to) if day]
    return "-".join(["time", *days]) + ".csv"
