"""Due dates: an all-day date or an instant, each kept in the form in which it was set."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from taskapp.core.errors import Invalid
from taskapp.core.time import end_of_day, in_range, instant_text

Due = date | datetime | None


def due_columns(due: Due, owner_zone: ZoneInfo) -> dict[str, date | datetime | None]:
    """The columns that store a due date: the day, and the instant from which it is overdue.

    Raises Invalid outside the years that every database can hold.
    """
    _check(due)
    if isinstance(due, datetime):
        return {"due_on": None, "due_at": due.astimezone(UTC)}
    return {"due_on": due, "due_at": due and end_of_day(due, owner_zone)}


def due_text(due_on: date | None, due_at: datetime | None) -> str | None:
    """The due date in the form in which it was set, `2026-11-30` or `2026-11-30T17:00:00Z`."""
    if due_on is not None:
        return due_on.isoformat()
    return None if due_at is None else instant_text(due_at)


def given_text(due: Due) -> str | None:
    """The same for a due date that is given, and not stored yet. Raises Invalid as above."""
    _check(due)
    if isinstance(due, datetime):
        return due_text(None, due.astimezone(UTC))
    return due_text(due, None)


def _check(due: Due) -> None:
    if isinstance(due, datetime):
        is_kept = in_range(due)
    else:
        is_kept = due is None or date(1000, 1, 3) <= due <= date(9999, 12, 28)
    if not is_kept:
        raise Invalid({"due_date": ["Choose a date between the years 1000 and 9999."]})
