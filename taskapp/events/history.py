"""The log of one task, for people."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from taskapp.core.database import read_all
from taskapp.events.models import Event

_COLUMNS = (Event.id, Event.type, Event.at, Event.actor_id, Event.changes)


def history_of(
    task_id: int, limit: int, before: int | None = None
) -> tuple[Sequence[Row[Any]], bool]:
    """What happened to a task (id, type, at, actor_id, changes), the newest last.

    The newest `limit` events, or those before the event of number `before`; also says whether there
    are older ones. Whoever calls this has made sure that the task may be seen: who sees a task sees
    its history.
    """
    events = select(*_COLUMNS).where(Event.task_id == task_id).order_by(Event.id.desc())
    if before is not None:
        events = events.where(Event.id < before)
    rows = read_all(events.limit(limit + 1))
    return rows[:limit][::-1], len(rows) > limit


def history_after(task_id: int, event_id: int, limit: int) -> Sequence[Row[Any]]:
    """The first events of a task after number `event_id`, the newest last; as `history_of`."""
    later = select(*_COLUMNS).where(Event.task_id == task_id, Event.id > event_id)
    return read_all(later.order_by(Event.id).limit(limit))
