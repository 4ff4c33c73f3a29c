"""Who may do what with a task that they can see (contract §2)."""

from typing import Any

from taskapp.accounts.actor import Actor


def may_edit(actor: Actor, task: Any) -> bool:
    """Whether the actor may change or delete it; whoever sees it may change its status."""
    return actor.is_admin or bool(task.user_id == actor.id)
