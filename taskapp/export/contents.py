"""What of each table belongs to a person, and in which words.

Every table that refers to users stands in PARTS or in LEFT_OUT; a test sees to it. What is shown is
what the API shows, so a hash, a token or a key cannot get in by being a column.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, or_

from taskapp.accounts.actor import Actor
from taskapp.accounts.models import Session, User
from taskapp.accounts.representation import dump_user
from taskapp.attachments.models import Attachment
from taskapp.attachments.representation import dump_attachment
from taskapp.core.models import Base
from taskapp.core.time import instant_text
from taskapp.events.models import Event
from taskapp.export.names import member_name
from taskapp.records.models import TaskRecord
from taskapp.records.representation import dump_record
from taskapp.tasks.models import Task
from taskapp.tasks.queries import visible_tasks
from taskapp.tasks.representation import dump_task

Json = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """A JSON file of the archive: the rows of one table that are the person's."""

    name: str
    model: type[Base]
    condition: Callable[[Actor], ColumnElement[bool]]
    dump: Callable[[Row[Any]], Json]

    @property
    def table(self) -> Table:
        """The table that the rows are of."""
        return self.model.__table__  # type: ignore[return-value]


def _is_own_file(actor: Actor) -> ColumnElement[bool]:
    """All files of one's own tasks, and those that one has attached to others one can see."""
    own = visible_tasks(actor).where(Task.user_id == actor.id).with_only_columns(Task.id)
    visible = visible_tasks(actor).with_only_columns(Task.id)
    attached = (Attachment.user_id == actor.id) & Attachment.task_id.in_(visible)
    return or_(Attachment.task_id.in_(own), attached)


def _dump_file(row: Row[Any]) -> Json:
    name = member_name(row.id, row.filename)
    return dump_attachment(row) | {"task_id": row.task_id, "file": name}


def _dump_event(row: Row[Any]) -> Json:
    return {
        "id": row.id,
        "type": row.type,
        "at": instant_text(row.at),
        "actor_id": row.actor_id,
        "task_id": row.task_id,
        "changes": row.changes,
    }


def _dump_session(row: Row[Any]) -> Json:
    return {
        "kind": row.kind,
        "created_at": instant_text(row.created_at),
        "expires_at": instant_text(row.expires_at),
        "last_used_at": None if row.last_used_at is None else instant_text(row.last_used_at),
        "user_agent": row.user_agent,
        "address": row.address,
    }


FILES = Part("attachments", Attachment, _is_own_file, _dump_file)
PARTS = (
    Part("profile", User, lambda actor: User.id == actor.id, dump_user),
    Part("tasks", Task, lambda actor: Task.user_id == actor.id, dump_task),
    Part("records", TaskRecord, lambda actor: TaskRecord.user_id == actor.id, dump_record),
    FILES,
    Part("history", Event, lambda actor: Event.user_id == actor.id, _dump_event),
    Part("sessions", Session, lambda actor: Session.user_id == actor.id, _dump_session),
)

# A table that refers to users and is not exported, and why.
LEFT_OUT: dict[str, str] = {
    "second_factors": "A secret, of use in an authenticator alone.",
    "email_tokens": "Hashes of mailed links, good for hours.",
    "recovery_codes": "Hashes, of use to nobody.",
    "idempotency_keys": "Answers to programs, kept for a day: copies of what is exported.",
}
