"""The names of those whom tasks speak of."""

from collections.abc import Iterable, Mapping
from typing import Any

from taskapp.accounts.queries import names


def names_of(tasks: Iterable[Any], known: Mapping[int, str] | None = None) -> dict[int, str]:
    """The username of each owner and assignee of the tasks; looked up unless they are `known`."""
    found = dict(known or {})
    ids = {number for task in tasks for number in (task.user_id, task.assignee_id)} - {None}
    return found | names(ids - found.keys())
