"""What somebody may not see stays unknown, whatever is wrong with the request (contract §2)."""

from collections.abc import Callable
from typing import Any

from flask import request

from taskapp.accounts.actor import Actor
from taskapp.accounts.queries import get_user
from taskapp.api.authentication import current_actor
from taskapp.records.queries import get_record
from taskapp.tasks.queries import get_task

# By the name of the parameter in the path; each raises NotFound.
_FINDERS: dict[str, Callable[[Actor, int], Any]] = {
    "task_id": get_task,
    "record_id": get_record,
    "user_id": lambda _viewer, user_id: get_user(user_id),
}


def refuse_hidden() -> None:
    """Raise NotFound if the path names something that the actor cannot see.

    For requests that are refused before their view has looked: who hears that a body is wrong
    would take it that there is something to send it to.
    """
    for name, number in (request.view_args or {}).items():
        if name in _FINDERS:
            _FINDERS[name](current_actor(), number)
