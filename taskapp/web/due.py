"""Due dates as their reader sees them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from taskapp.core.time import now
from taskapp.web.words import clock_words, day_words, utc_text, week_ahead

# The groups of a list in their order.
GROUPS = ("Overdue", "Today", "Next 7 days", "Later", "No due date", "Past")


class DueDate(NamedTuple):
    """When a task is due, on its reader's clock. What is said of it is made when it is asked for:
    a list first sorts its tasks into groups, and puts into words only what it shows."""

    at: datetime
    day: date
    is_timed: bool
    today: date
    is_open: bool
    is_late: bool

    @property
    def words(self) -> str:
        """`Today`, `Sat 14:00`, `Fri 27 Nov 14:00`."""
        if not self.is_timed:
            return day_words(self.day, self.today)
        is_soon = 1 < (self.day - self.today).days < 7
        words = f"{self.day:%a}" if is_soon else day_words(self.day, self.today)
        return f"{words} {clock_words(self.at)}"

    @property
    def machine(self) -> str:
        """The same for a `<time datetime>` attribute."""
        return utc_text(self.at) if self.is_timed else self.day.isoformat()

    @property
    def state(self) -> str:
        """`late`, `today` or nothing."""
        if self.is_late:
            return "late"
        return "today" if self.is_open and self.day == self.today else ""

    @property
    def group(self) -> str:
        """One of GROUPS."""
        if self.is_late:
            return "Overdue"
        if self.day < self.today and not self.is_open:
            return "Past"
        # An open task whose day is over for its reader, but not yet for its owner, is still for
        # today.
        if self.day <= self.today:
            return "Today"
        return "Next 7 days" if self.day <= week_ahead(self.today) else "Later"


def due_date(task: Any, zone: ZoneInfo, now: datetime) -> DueDate | None:
    """The due date of a task for a reader in `zone`; None if it has none."""
    if task.due_at is None:
        return None
    local, is_open = task.due_at.astimezone(zone), task.status != "done"
    return DueDate(
        at=local,
        day=task.due_on or local.date(),
        is_timed=task.due_on is None,
        today=now.astimezone(zone).date(),
        is_open=is_open,
        is_late=is_open and task.due_at <= now,
    )


def group_by_due_date(tasks: Sequence[Any], zone: ZoneInfo) -> list[tuple[str, list[Any]]]:
    """The tasks under their headings, in the order of the headings; none is empty."""
    groups: dict[str, list[Any]] = {group: [] for group in GROUPS}
    at = now()
    for task in tasks:
        due = due_date(task, zone, at)
        groups[due.group if due else "No due date"].append(task)
    return [(group, members) for group, members in groups.items() if members]
