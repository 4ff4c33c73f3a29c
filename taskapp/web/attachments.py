"""Files of a task: sending, fetching and deleting them."""

from flask import Blueprint, redirect, request
from flask import url_for as url
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from taskapp.attachments import queries, services
from taskapp.attachments.models import MAX_SIZE
from taskapp.core.errors import Invalid, TooLarge
from taskapp.downloads import attachment_response
from taskapp.marks import accepts_up_to
from taskapp.tasks.queries import get_task
from taskapp.web.access import current_actor
from taskapp.web.notices import notify
from taskapp.web.task_page import render_task

pages = Blueprint("attachments", __name__)

# A file of the largest size, and what multipart wraps around it.
_MAX_UPLOAD = MAX_SIZE + 64 * 1024


@pages.post("/tasks/<id:task_id>/attachments")
@accepts_up_to(_MAX_UPLOAD)
def create_attachment(task_id: int) -> ResponseReturnValue:
    """Attach a file."""
    actor, upload = current_actor(), request.files.get("file") or FileStorage()
    get_task(actor, task_id)
    if not upload.filename:
        return render_task(task_id, complaint="Choose a file first."), 422
    try:
        attachment = services.create_attachment(
            actor,
            task_id,
            filename=upload.filename,
            content_type=upload.mimetype,
            file=upload.stream,
        )
    except Invalid as refusal:
        return render_task(task_id, complaint=refusal.errors["file"][0]), 422
    except TooLarge as refusal:
        return render_task(task_id, complaint=refusal.message), 413
    notify(f"Attached “{attachment.filename}”.")
    return redirect(_section(task_id))


@pages.get("/tasks/<id:task_id>/attachments/<id:attachment_id>")
def download_attachment(task_id: int, attachment_id: int) -> ResponseReturnValue:
    """The file, to be saved: never shown as a page of this site."""
    found = queries.get_attachment(current_actor(), task_id, attachment_id)
    return attachment_response(found)


@pages.post("/tasks/<id:task_id>/attachments/<id:attachment_id>/delete")
def delete_attachment(task_id: int, attachment_id: int) -> ResponseReturnValue:
    """Delete a file."""
    actor = current_actor()
    filename = queries.get_attachment(actor, task_id, attachment_id).filename
    services.delete_attachment(actor, task_id, attachment_id)
    notify(f"Deleted “{filename}”.")
    return redirect(_section(task_id))


def _section(task_id: int) -> str:
    return url("web.tasks.show_task", task_id=task_id, _anchor="files")
