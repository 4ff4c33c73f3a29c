"""The page of one task, and what its sections show."""

from flask import render_template

from taskapp.accounts.queries import names
from taskapp.attachments.policies import may_delete
from taskapp.attachments.queries import list_attachments
from taskapp.tasks.queries import get_task
from taskapp.web.access import current_actor

_FILES_SHOWN = 100


def render_task(task_id: int, *, complaint: str = "") -> str:
    """The page; `complaint` is why a file was not taken."""
    actor = current_actor()
    task = get_task(actor, task_id)
    files = list_attachments(actor, task_id, per_page=_FILES_SHOWN)
    people = {task.user_id, task.assignee_id, *(file.user_id for file in files.items)}
    return render_template(
        "tasks/task.html",
        task=task,
        files=files,
        deletable={file.id for file in files.items if may_delete(actor, task, file)},
        complaint=complaint,
        people=names(people - {None}),
    )
