"""Attaching files to tasks, and taking them away."""

from collections.abc import Collection
from typing import IO, Any

from taskapp.accounts.actor import Actor
from taskapp.attachments.claims import clean_content_type, clean_filename
from taskapp.attachments.files import measure, remove_after_commit, store_file
from taskapp.attachments.models import Attachment
from taskapp.attachments.policies import may_delete
from taskapp.attachments.queries import visible_attachments
from taskapp.attachments.quota import claim_room, expect_room
from taskapp.attachments.representation import dump_attachment
from taskapp.core.errors import Forbidden, NotFound, Stale
from taskapp.extensions import db
from taskapp.tasks.events import record_task_event
from taskapp.tasks.models import Task
from taskapp.tasks.queries import visible_tasks
from taskapp.tasks.representation import dump_task


def create_attachment(
    actor: Actor, task_id: int, *, filename: str, content_type: str, file: IO[bytes]
) -> Attachment:
    """Attach a seekable file to a task that the actor can see, and return the attachment.

    Call it before anything else has touched the database in this request: storing the bytes takes
    its time, and no transaction may be open meanwhile. Raises Invalid when the file is empty or
    has no name, TooLarge past 10 MiB or the actor's quota, NotFound, Unavailable.
    """
    filename = clean_filename(filename)
    size, sha256 = measure(file)
    expect_room(actor.id, size)
    attachment = Attachment(
        task_id=task_id,
        user_id=actor.id,
        filename=filename,
        content_type=clean_content_type(content_type),
        size=size,
        sha256=sha256,
        storage_key=store_file(file),
    )
    task = _get_locked_task(actor, task_id)
    claim_room(actor.id, size)
    db.session.add(attachment)
    db.session.flush()
    _tell(actor, "attachment.created", task, [None, dump_attachment(attachment)])
    return attachment


def delete_attachment(
    actor: Actor,
    task_id: int,
    attachment_id: int,
    expected_digests: Collection[str] | None = None,
) -> None:
    """Delete an attachment and, after the commit, its file.

    Raises NotFound, Forbidden, Stale when its SHA-256 is none of `expected_digests`.
    """
    task = _get_locked_task(actor, task_id)
    wanted = visible_attachments(actor, task_id).where(Attachment.id == attachment_id)
    attachment = db.session.scalar(wanted.with_for_update())
    if attachment is None:
        raise NotFound
    if not may_delete(actor, task, attachment):
        raise Forbidden("Only the task's owner and whoever sent a file may delete it.")
    if expected_digests is not None and attachment.sha256 not in expected_digests:
        raise Stale
    db.session.delete(attachment)
    db.session.flush()
    remove_after_commit(db.session(), [attachment.storage_key])
    _tell(actor, "attachment.deleted", task, [dump_attachment(attachment), None])


def _get_locked_task(actor: Actor, task_id: int) -> Task:
    """The task, which nobody can change or delete until the end of the transaction."""
    wanted = visible_tasks(actor).where(Task.id == task_id).with_for_update(read=True)
    task = db.session.scalar(wanted)
    if task is None:
        raise NotFound
    return task


def _tell(actor: Actor, type: str, task: Task, change: list[Any]) -> None:
    changes = {"attachment": change}
    record_task_event(actor, type, task, dump=dump_task(task), changes=changes)
