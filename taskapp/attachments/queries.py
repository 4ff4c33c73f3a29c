"""Reading attachments. They are seen by whoever sees their task."""

from typing import Any

from sqlalchemy import Row, Select, select

from taskapp.accounts.actor import Actor
from taskapp.attachments.models import Attachment
from taskapp.core.database import read_one
from taskapp.core.errors import NotFound
from taskapp.core.pagination import Page, fetch_page
from taskapp.tasks.models import Task
from taskapp.tasks.queries import get_task, visible_tasks

SORT_KEYS = {
    "id": Attachment.id,
    "created_at": Attachment.created_at,
    "filename": Attachment.filename,
    "size": Attachment.size,
}
DEFAULT_SORT = "-created_at"


def visible_attachments(viewer: Actor, task_id: int) -> Select[Attachment]:
    """The attachments of that task, if the viewer may know of it."""
    task = visible_tasks(viewer).where(Task.id == task_id).with_only_columns(Task.id)
    return select(Attachment).where(Attachment.task_id == task.scalar_subquery())


def get_attachment(viewer: Actor, task_id: int, attachment_id: int) -> Row[Any]:
    """The row of one attachment of that task; raises NotFound."""
    found = visible_attachments(viewer, task_id).where(Attachment.id == attachment_id)
    row = read_one(_columns_of(found))
    if row is None:
        raise NotFound
    return row


def list_attachments(
    viewer: Actor, task_id: int, *, sort: str = DEFAULT_SORT, **window: Any
) -> Page:
    """The attachments of that task; raises NotFound, and Invalid for a bad `sort`.

    `window`: page, per_page and after, as in `core.pagination.fetch_page`.
    """
    get_task(viewer, task_id)
    found = _columns_of(visible_attachments(viewer, task_id))
    return fetch_page(found, SORT_KEYS, sort, **window)


def _columns_of(attachments: Select[Any]) -> Select[Any]:
    return attachments.with_only_columns(*Attachment.__table__.columns)
