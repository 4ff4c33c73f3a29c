"""The names of those whom tasks speak of."""

from collections.abc import Iterable
from typing import Any

from taskapp.accounts.queries import names


def names_of(tasks: Iterable[Any]) -> dict[int, str]:
    """The username of each owner and assignee of the tasks."""
    ids = {number for task in tasks for number in (task.user_id, task.assignee_id)}
    return names(ids - {None})
