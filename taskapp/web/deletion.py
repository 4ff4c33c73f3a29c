"""Which deletions ask first. All others can be undone, so a question would only be in the way."""

from collections.abc import Sequence
from typing import Any

from taskapp.accounts.actor import Actor
from taskapp.attachments.queries import list_attachments


def asks_first(actor: Actor, tasks: Sequence[Any]) -> bool:
    """Whether it is several tasks that go, or logged time, or files, which no undo brings back."""
    return len(tasks) > 1 or any(task.time_spent or _has_files(actor, task.id) for task in tasks)


def _has_files(actor: Actor, task_id: int) -> bool:
    return bool(list_attachments(actor, task_id, per_page=1).total)
