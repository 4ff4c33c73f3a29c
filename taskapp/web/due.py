"""Due dates as their reader sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from taskapp.core.time import now
from taskapp.web.words import day_words, utc_text, week_ahead

# The groups of a list in their order.
GROUPS = ("Overdue", "Today", "Next 7 days", "Later", "No due date", "Past")


@dataclass(frozen=True)
class DueDate:
    """When a task is due, in words; `state` is late, today or nothing."""

    words: str
    machine: str
    state: str
    group: str


def due_date(task: Any, zone: ZoneInfo, now: datetime) -> DueDate | None:
    """The due date of a task for a reader in `zone`; None if it has none."""
    if task.due_at is None:
        return None
    local, today = task.due_at.astimezone(zone), now.astimezone(zone).date()
    day: date = task.due_on or local.date()
    words, machine = day_words(day, today), day.isoformat()
    if task.due_on is None:
        soon = 1 < (day - today).days < 7
        words = f"{day:%a} {local:%H:%M}" if soon else f"{words} {local:%H:%M}"
        machine = utc_text(task.due_at)
    is_open = task.status != "done"
    is_late = is_open and task.due_at <= now
    state = "late" if is_late else "today" if is_open and day == today else ""
    return DueDate(words, machine, state, _group(day, today, is_late=is_late, is_open=is_open))


def group_by_due_date(tasks: Sequence[Any], zone: ZoneInfo) -> list[tuple[str, list[Any]]]:
    """The tasks under their headings, in the order of the headings; none is empty."""
    groups: dict[str, list[Any]] = {group: [] for group in GROUPS}
    at = now()
    for task in tasks:
        due = due_date(task, zone, at)
        groups[due.group if due else "No due date"].append(task)
    return [(group, members) for group, members in groups.items() if members]


def _group(day: date, today: date, *, is_late: bool, is_open: bool) -> str:
    if is_late:
        return "Overdue"
    if day < today and not is_open:
        return "Past"
    # An open task whose day is over for its reader, but not yet for its owner, is still for today.
    if day <= today:
        return "Today"
    return "Next 7 days" if day <= week_ahead(today) else "Later"
