"""What a list of tasks may be narrowed by (contract §3); a task must pass all that is given.

A filter sets parameters, and each parameter has its condition. So a statement depends only on which
parameters there are, and can be prepared once for all lists that have the same.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, or_

from taskapp.accounts.actor import Actor
from taskapp.core.text import stored_key
from taskapp.core.time import day_of, first_instant, next_instant, now
from taskapp.tasks.models import Task
from taskapp.tasks.search import search_conditions, search_parameters

_NOTHING: tuple[Any, ...] = (None, "", (), [])
# Instead of an id: whoever asks, and nobody.
ME, NOBODY = "me", "none"


def is_overdue(at: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """SQL: whether a task is not done although its due instant, or its due day, is past."""
    return and_(Task.status != "done", Task.due_at <= at)


def parameters(filters: Mapping[str, Any], viewer: Actor) -> dict[str, Any]:
    """The parameters that `filters` set, by name of FILTERS; what is None or empty sets none.

    Days begin and end in the viewer's time zone. Raises Invalid.
    """
    bound: dict[str, Any] = {}
    for name, value in filters.items():
        if value not in _NOTHING:
            bound |= FILTERS[name](value, viewer)
    return bound


def conditions(names: Collection[str]) -> list[ColumnElement[bool]]:
    """The conditions of the parameters of those names."""
    return [_CONDITIONS[name] for name in names if name in _CONDITIONS] + search_conditions(names)


def _assigned(who: int | str, viewer: Actor) -> dict[str, Any]:
    if who == NOBODY:
        return {"unassigned": True}
    return {"assignee_id": viewer.id if who == ME else who}


FILTERS: dict[str, Callable[[Any, Actor], dict[str, Any]]] = {
    "status": lambda words, _: {"status": words},
    "priority": lambda words, _: {"priority": words},
    "user_id": lambda number, _: {"user_id": number},
    "assignee_id": _assigned,
    "city": lambda name, _: {"city": stored_key(name)},
    "created_from": lambda moment, viewer: {"created_from": first_instant(moment, viewer.zone)},
    "created_to": lambda moment, viewer: {"created_to": next_instant(moment, viewer.zone)},
    "due_from": lambda moment, viewer: {
        "due_from": first_instant(moment, viewer.zone),
        "due_from_day": day_of(moment, viewer.zone),
    },
    "due_to": lambda moment, viewer: {
        "due_to": next_instant(moment, viewer.zone),
        "due_to_day": day_of(moment, viewer.zone),
    },
    "overdue": lambda wanted, _: {"overdue_at" if wanted else "not_overdue_at": now()},
    "undated": lambda wanted, _: {"undated" if wanted else "dated": True},
    "q": lambda words, _: search_parameters(words),
}

_CONDITIONS: dict[str, ColumnElement[bool]] = {
    "status": Task.status.in_(bindparam("status", expanding=True)),
    "priority": Task.priority.in_(bindparam("priority", expanding=True)),
    "user_id": Task.user_id == bindparam("user_id"),
    "assignee_id": Task.assignee_id == bindparam("assignee_id"),
    "unassigned": Task.assignee_id.is_(None),
    "city": Task.city_key == bindparam("city"),
    "created_from": Task.created_at >= bindparam("created_from"),
    "created_to": Task.created_at < bindparam("created_to"),
    "due_from": or_(
        Task.due_on >= bindparam("due_from_day"),
        and_(Task.due_on.is_(None), Task.due_at >= bindparam("due_from")),
    ),
    "due_to": or_(
        Task.due_on <= bindparam("due_to_day"),
        and_(Task.due_on.is_(None), Task.due_at < bindparam("due_to")),
    ),
    "overdue_at": is_overdue(bindparam("overdue_at")),
    "not_overdue_at": or_(
        Task.status == "done", Task.due_at.is_(None), Task.due_at > bindparam("not_overdue_at")
    ),
    "undated": Task.due_at.is_(None),
    "dated": Task.due_at.is_not(None),
}
