"""Keeping the log short."""

from datetime import datetime

from sqlalchemy import delete, func, select

from taskapp.core.database import read_scalar, write
from taskapp.events.feed import last_event_id
from taskapp.events.models import Event


def forget_events(*, before: datetime) -> int:
    """Delete the events of before that instant; return how many.

    What is kept has no gaps: an event that was noted earlier than the one before it, by another
    transaction that committed later, stays with it.
    """
    last = last_event_id()
    first_kept = read_scalar(select(func.min(Event.id)).where(Event.at >= before))
    old = Event.id <= last if first_kept is None else Event.id < first_kept
    return write(delete(Event).where(old))
