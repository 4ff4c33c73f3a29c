"""What the log of events tells of a task, and of what hangs on it."""

from typing import Any

from taskapp.accounts.actor import Actor
from taskapp.events.log import record_event
from taskapp.tasks.models import Task


def record_task_event(
    actor: Actor,
    type: str,
    task: Task,
    *,
    dump: dict[str, Any] | None = None,
    changes: dict[str, Any] | None = None,
    former_assignee_id: int | None = None,
) -> None:
    """Note an event for those who may see the task, and for who was its assignee until now.

    `dump`: the task as it stands now (`dump_task`), None when it is deleted. `changes`: what was
    before and is after, by name.
    """
    left = former_assignee_id if former_assignee_id != task.assignee_id else None
    record_event(
        actor,
        type,
        task_id=task.id,
        user_id=task.user_id,
        assignee_id=task.assignee_id,
        former_assignee_id=left,
        changes=changes,
        task=dump,
    )
