"""The page of one task, and what its sections show."""

from datetime import datetime
from typing import Any

from flask import render_template, request

from taskapp.accounts.queries import names
from taskapp.attachments.policies import may_delete
from taskapp.attachments.queries import list_attachments
from taskapp.core.text import whole_number
from taskapp.core.time import now, today
from taskapp.events.history import history_of
from taskapp.records.queries import list_records
from taskapp.tasks.policies import may_edit
from taskapp.tasks.queries import get_task
from taskapp.web.access import current_actor
from taskapp.web.forms.tasks import TaskForm
from taskapp.web.forms.time import LogForm
from taskapp.web.history import Reader, lines, people_of
from taskapp.web.people import choosable

_FILES_SHOWN = 100
_RECORDS_SHOWN = 5
_EVENTS_SHOWN = 100


def render_task(task_id: int, *, complaint: str = "", log_form: LogForm | None = None) -> str:
    """The page; `complaint` is why a file was not taken, `log_form` a form that was refused."""
    actor = current_actor()
    task = get_task(actor, task_id)
    files = list_attachments(actor, task_id, per_page=_FILES_SHOWN)
    records = list_records(actor, {"task_id": task_id}, per_page=_RECORDS_SHOWN)
    writers = [row.user_id for row in (*files.items, *records.items)]
    before = _before()
    events, has_older = history_of(task_id, _EVENTS_SHOWN, before)
    ids = {task.user_id, task.assignee_id, *writers, *people_of(events)} - {None}
    people = names(ids)
    return render_template(
        "tasks/task.html",
        task=task,
        editable=may_edit(actor, task),
        form=task_form(task),
        files=files,
        deletable={file.id for file in files.items if may_delete(actor, task, file)},
        complaint=complaint,
        records=records,
        observed_at=_observed_at(task.weather),
        log_form=log_form or LogForm(formdata=None, completion_date=today(actor.zone).isoformat()),
        history=lines(events, Reader(actor.zone, now(), people)),
        older=events[0].id if has_older else None,
        is_latest=before is None,
        people=people,
    )


def task_form(task: Any = None) -> TaskForm:
    """The form of a task, or of a new one."""
    people = choosable()
    if people is not None and task is not None and task.assignee_id not in people:
        people |= names([task.assignee_id] if task.assignee_id else [])
    return TaskForm(people, current_actor().zone, task)


def _before() -> int | None:
    """The event before which the address asks for what happened; None for the latest."""
    return whole_number(request.args.get("history", ""))


def _observed_at(weather: dict[str, Any] | None) -> datetime | None:
    at = (weather or {}).get("observed_at")
    return datetime.fromisoformat(at) if at else None
