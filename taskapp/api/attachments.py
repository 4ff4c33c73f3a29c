"""Attachments of a task."""

from typing import Any

from flask import Response, request

from taskapp.api.authentication import current_actor
from taskapp.api.blueprint import Blueprint
from taskapp.api.lists import list_response
from taskapp.api.responses import json_response, no_content
from taskapp.api.schemas.attachments import (
    BYTES,
    RANGE,
    UPLOAD,
    AttachmentListSchema,
    AttachmentQuerySchema,
    AttachmentSchema,
)
from taskapp.api.uploads import uploaded_file
from taskapp.attachments import queries, services
from taskapp.attachments.models import MAX_SIZE
from taskapp.attachments.representation import dump_attachment
from taskapp.downloads import attachment_response
from taskapp.errors import API_BASE
from taskapp.marks import accepts_up_to
from taskapp.tasks.queries import get_task

blp = Blueprint("attachments", description="Files of a task", area="tasks")

# A file of the largest size, and what multipart wraps around it.
MAX_UPLOAD = MAX_SIZE + 64 * 1024


@blp.get("/tasks/<id:task_id>/attachments")
@blp.arguments(AttachmentQuerySchema, location="query")
@blp.response(200, AttachmentListSchema)
def list_attachments(query: dict[str, Any], task_id: int) -> Response:
    """The files of a task."""
    found = queries.list_attachments(current_actor(), task_id, **query)
    return list_response(found, query, dump_attachment)


@blp.post("/tasks/<id:task_id>/attachments")
@accepts_up_to(MAX_UPLOAD)
@blp.doc(requestBody=UPLOAD, **{"x-errors": [507]})
@blp.response(201, AttachmentSchema)
def create_attachment(task_id: int) -> Response:
    """Attach a file of at most 10 MiB to a task that you can see.

    Where there is a quota, 413 when your files would take more than that in all.
    """
    actor = current_actor()
    get_task(actor, task_id)  # who may not see it hears so before the file is read
    with uploaded_file() as upload:
        attachment = services.create_attachment(
            actor,
            task_id,
            filename=upload.filename or "",
            content_type=upload.mimetype,
            file=upload.stream,
        )
    location = f"{API_BASE}/tasks/{task_id}/attachments/{attachment.id}"
    response = json_response(dump_attachment(attachment), 201, {"Location": location})
    response.set_etag(attachment.sha256)
    return response


@blp.get("/tasks/<id:task_id>/attachments/<id:attachment_id>")
@blp.response(200, BYTES, content_type="*/*")
@blp.alt_response(206, schema=BYTES, content_type="*/*", description="The range asked for")
@blp.doc(parameters=[RANGE], **{"x-errors": [416]})
def download_attachment(task_id: int, attachment_id: int) -> Response:
    """The bytes of a file, to be saved; ranges and If-None-Match are understood."""
    found = queries.get_attachment(current_actor(), task_id, attachment_id)
    return attachment_response(found)


@blp.delete("/tasks/<id:task_id>/attachments/<id:attachment_id>")
@blp.response(204)
def delete_attachment(task_id: int, attachment_id: int) -> Response:
    """Delete a file: for the task's owner, an admin, and whoever sent it."""
    services.delete_attachment(current_actor(), task_id, attachment_id, _expected_digests())
    return no_content()


def _expected_digests() -> frozenset[str] | None:
    """The files that If-Match allows to be deleted; None when it allows any."""
    if "If-Match" not in request.headers or request.if_match.star_tag:
        return None
    return frozenset(request.if_match.as_set())
