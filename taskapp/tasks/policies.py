"""Who may do what with a task that they can see (contract §2)."""

from collections.abc import Mapping
from typing import Any

from taskapp.accounts.actor import Actor
from taskapp.tasks.due import given_text
from taskapp.tasks.representation import dump_task

# What whoever sees a task may change: its status, and with it its place on the board.
_FOR_ALL = {"status", "is_complete", "position"}


def may_edit(actor: Actor, task: Any) -> bool:
    """Whether the actor may change or delete it; whoever sees it may change its status."""
    return actor.is_admin or bool(task.user_id == actor.id)


def may_change(actor: Actor, task: Any, changes: Mapping[str, Any]) -> bool:
    """Whether the actor may make these changes.

    Who sets the status in a task that was fetched, and sends it back whole, names other fields too,
    with the values that they have. Raises Invalid for a due date that cannot be stored.
    """
    others = {name: value for name, value in changes.items() if name not in _FOR_ALL}
    if not others or may_edit(actor, task):
        return True
    if not changes.keys() & _FOR_ALL:
        return False
    if "due_date" in others:
        others["due_date"] = given_text(others["due_date"])
    shown = dump_task(task)
    return all(shown[name] == value for name, value in others.items())
