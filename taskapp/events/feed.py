"""Reading the log: what happened after some event, and as what each listener may hear of it.

Numbers are without gaps and follow the order of commits (`log.py`), so a reader that goes on after
the last number it knows misses nothing and reads nothing twice.
"""

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Row, func, or_, select

from taskapp.core.database import read_all, read_scalar
from taskapp.core.time import instant_text
from taskapp.events.models import Event, EventCounter

_LAST = select(EventCounter.value)
# Not `changes`, which keeps all of what was deleted, and of which nobody is told.
_TOLD = [column for column in Event.__table__.columns if column.name != "changes"]


@dataclass(frozen=True, slots=True)
class Listener:
    """Who listens: a user, and whether it is an admin, who hears everything."""

    user_id: int
    is_admin: bool


@dataclass(frozen=True, slots=True)
class News:
    """An event, ready to be told."""

    id: int
    user_id: int
    assignee_id: int | None
    former_assignee_id: int | None
    message: bytes  # JSON, for those who see the task
    farewell: bytes  # JSON, for the one who has just lost sight of it

    def for_listener(self, listener: Listener) -> bytes | None:
        """What the listener hears of it; None for nothing (contract §2, §3)."""
        if listener.is_admin or listener.user_id in (self.user_id, self.assignee_id):
            return self.message
        return self.farewell if listener.user_id == self.former_assignee_id else None


def last_event_id() -> int:
    """The number of the last event; 0 when nothing has ever happened."""
    last: int = read_scalar(_LAST)
    return last


def is_kept(after: int) -> bool:
    """Whether the log still holds, and has already reached, all that follows `after`."""
    last, first = last_event_id(), read_scalar(select(func.min(Event.id)))
    return (last if first is None else first - 1) <= after <= last


def read_news(
    after: int, until: int | None = None, *, listener: Listener | None = None, limit: int
) -> list[News]:
    """The next `limit` events after number `after`, up to and including `until`, in order.

    With a `listener`, those alone of which that one may hear.
    """
    rows = select(*_TOLD).where(Event.id > after).order_by(Event.id).limit(limit)
    if until is not None:
        rows = rows.where(Event.id <= until)
    if listener is not None and not listener.is_admin:
        concerned = (Event.user_id, Event.assignee_id, Event.former_assignee_id)
        rows = rows.where(or_(*(column == listener.user_id for column in concerned)))
    return [_news(row) for row in read_all(rows)]


def _news(row: Row[Any]) -> News:
    told = {
        "id": row.id,
        "type": row.type,
        "at": instant_text(row.at),
        "actor_id": row.actor_id,
        "task_id": row.task_id,
        "task": row.task,
    }
    farewell = b""
    if row.former_assignee_id is not None:
        farewell = orjson.dumps(told | {"type": "task.deleted", "task": None})
    return News(
        row.id,
        row.user_id,
        row.assignee_id,
        row.former_assignee_id,
        orjson.dumps(told),
        farewell,
    )
