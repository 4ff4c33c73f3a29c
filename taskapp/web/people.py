"""The names of those whom tasks speak of, and of those who may be chosen."""

from collections.abc import Iterable, Mapping
from typing import Any

from taskapp.accounts.queries import find_active_user, find_active_users, names
from taskapp.core.errors import Invalid
from taskapp.core.text import is_storable

MOST = 200  # to choose from


def names_of(tasks: Iterable[Any], known: Mapping[int, str] | None = None) -> dict[int, str]:
    """The username of each owner and assignee of the tasks; looked up unless they are `known`."""
    found = dict(known or {})
    ids = {number for task in tasks for number in (task.user_id, task.assignee_id)} - {None}
    return found | names(ids - found.keys())


def choosable() -> dict[int, str] | None:
    """The username of everybody who may be given a task; None where there are too many to choose
    from, so that a username is typed."""
    users = find_active_users(MOST + 1)
    return {user.id: user.username for user in users} if len(users) <= MOST else None


def person_named(username: str) -> int:
    """The id of the active user whose name was typed. Raises Invalid, naming `assignee_id`."""
    user_id = find_active_user(username) if is_storable(username) else None
    if user_id is None:
        complaint = f"Nobody is called {username}." if username else "Write a username."
        raise Invalid({"assignee_id": [complaint]})
    return user_id
