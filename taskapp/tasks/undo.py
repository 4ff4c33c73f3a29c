"""Taking back what one has just done: the event log knows what changed from what to what."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from taskapp.accounts.actor import Actor
from taskapp.core.errors import Conflict, NotFound
from taskapp.core.time import now
from taskapp.events.models import Event
from taskapp.extensions import db
from taskapp.tasks.events import record_task_event
from taskapp.tasks.models import Task
from taskapp.tasks.representation import dump_task
from taskapp.tasks.restore import restore
from taskapp.tasks.services import get_for_update, update_task

GRACE = timedelta(minutes=10)
_FIELDS = {"status", "priority", "due_date", "assignee_id"}
_UNDONE = "undoes"


def undo(actor: Actor, event_ids: Collection[int]) -> list[Task]:
    """Undo the actor's own changes and deletions with these ids: all of them, or none.

    Each must be the last thing that happened to its task. Raises NotFound for what is not the
    actor's, Conflict for what is too old, changed since, undone already or cannot be undone.
    """
    mine = select(Event).where(Event.id.in_(set(event_ids)), Event.actor_id == actor.id)
    events = db.session.scalars(mine.order_by(Event.task_id, Event.id)).all()
    if len(events) < len(set(event_ids)):
        raise NotFound
    for event in events:
        _check(actor, event)
    return [_undo(actor, event) for event in events]


def _check(actor: Actor, event: Event) -> None:
    if event.at < now() - GRACE:
        raise Conflict("It is too late to undo this.")
    if event.type == "task.updated":
        changed = event.changes.keys() - {"position"}
        if not changed or changed - _FIELDS:
            raise Conflict("This cannot be undone.")
        _check_last(event)
        get_for_update(actor, event.task_id)
    elif event.type != "task.deleted":
        raise Conflict("This cannot be undone.")
    # Once more, now that nobody else can change the task.
    _check_last(event)


def _check_last(event: Event) -> None:
    of_task = select(Event).where(Event.task_id == event.task_id).order_by(Event.id.desc())
    last = db.session.scalars(of_task.limit(1)).one()
    if last.changes.get(_UNDONE) == [None, event.id]:
        raise Conflict("This is undone already.")
    if last.id != event.id:
        raise Conflict("The task has changed since, so this cannot be undone.")


def _undo(actor: Actor, event: Event) -> Task:
    mark = {_UNDONE: [None, event.id]}
    if event.type == "task.deleted":
        task = restore(event.changes["deleted"][0])
        record_task_event(actor, "task.created", task, dump=dump_task(task), changes=mark)
        return task
    before = {name: pair[0] for name, pair in event.changes.items()}
    if "due_date" in before:
        before["due_date"] = _due(before["due_date"])
    return update_task(actor, event.task_id, before, also_told=mark)


def _due(text: str | None) -> Any:
    """The due date of its text, as `tasks.due.due_text` wrote it."""
    if text is None:
        return None
    return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
