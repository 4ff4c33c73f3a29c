"""Tasks made from a line of quick add."""

from typing import Any

from taskapp.accounts.actor import Actor
from taskapp.accounts.queries import find_active_user
from taskapp.core.errors import Invalid
from taskapp.core.time import now
from taskapp.tasks.models import CITY_LENGTH, TITLE_LENGTH, Task
from taskapp.tasks.quick_add import QuickTask, parse_line
from taskapp.tasks.services import create_task

ME = "me"


def read_line(actor: Actor, line: str) -> tuple[QuickTask, dict[str, Any]]:
    """What a line says to the actor, and the values that `create_task` makes of it.

    The values leave out a person who does not exist; `create_from_line` is strict about it.
    """
    quick = parse_line(line, now(), actor.zone)
    values: dict[str, Any] = {"title": quick.title}
    values |= {
        name: value
        for name in ("due_date", "priority", "city")
        if (value := getattr(quick, name)) is not None
    }
    if quick.assignee:
        user_id = actor.id if quick.assignee == ME else find_active_user(quick.assignee)
        if user_id is not None:
            values["assignee_id"] = user_id
    return quick, values


def create_from_line(actor: Actor, line: str, **defaults: Any) -> Task:
    """Create the task that a line describes; `defaults` are values that it need not name.

    Raises Invalid, naming `text`, or `due_date` for a year that cannot be stored.
    """
    quick, values = read_line(actor, line)
    if not quick.title:
        raise Invalid({"text": ["Give the task a title."]})
    if len(quick.title) > TITLE_LENGTH:
        raise Invalid({"text": [f"The title may have {TITLE_LENGTH} characters at most."]})
    if len(quick.city or "") > CITY_LENGTH:
        raise Invalid({"text": [f"The city may have {CITY_LENGTH} characters at most."]})
    if quick.assignee and "assignee_id" not in values:
        raise Invalid({"text": [f"There is nobody called {quick.assignee}."]})
    return create_task(actor, defaults | values)
