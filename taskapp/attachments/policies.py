"""Who may do what with an attachment of a task that they can see (contract §2)."""

from typing import Any

from taskapp.accounts.actor import Actor
from taskapp.tasks.policies import may_edit


def may_delete(actor: Actor, task: Any, attachment: Any) -> bool:
    """Whether the actor owns the task, is an admin, or sent the file."""
    return may_edit(actor, task) or bool(attachment.user_id == actor.id)
