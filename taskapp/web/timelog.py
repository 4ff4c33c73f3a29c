"""The filter of the time log, and the log as a file."""

import csv
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import Any

from werkzeug.datastructures import MultiDict

from taskapp.accounts.actor import Actor
from taskapp.core.text import whole_number

_COLUMNS = ("Day", "Task number", "Task", "Minutes", "Note")
# A cell that begins with one of these is a formula to spreadsheets, which run it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class TimeFilter:
    """Which records to show: days as in the address, a task, and the page."""

    date_from: str
    date_to: str
    task_id: int | None
    page: int

    @property
    def is_set(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.date_from or self.date_to or self.task_id)

    def filters(self, actor: Actor) -> dict[str, Any]:
        """The filters for `records.queries`: one's own, also for an admin."""
        given: dict[str, Any] = {"user_id": actor.id}
        for name, day in (("date_from", self.date_from), ("date_to", self.date_to)):
            if day:
                given[name] = date.fromisoformat(day)
        return given | ({"task_id": self.task_id} if self.task_id else {})

    def args(self, page: int = 1) -> dict[str, Any]:
        """The query of the address that shows this."""
        given = {"date_from": self.date_from, "date_to": self.date_to, "task_id": self.task_id}
        chosen = {name: value for name, value in given.items() if value}
        return chosen | ({"page": page} if page > 1 else {})


def read_filter(args: MultiDict[str, str]) -> TimeFilter:
    """The filter that an address asks for; what cannot be read is left out."""
    return TimeFilter(
        _day(args.get("date_from", "")),
        _day(args.get("date_to", "")),
        whole_number(args.get("task_id", "")) or None,
        whole_number(args.get("page", "")) or 1,
    )


def time_csv(
    batches: Iterable[Sequence[Any]], titles: Callable[[Collection[int]], Mapping[int, str]]
) -> Iterator[str]:
    """The records as comma-separated values (RFC 4180), with nothing that a spreadsheet runs.

    A piece for each batch; `titles` is asked for those of its tasks.
    """
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for records in batches:
        named = titles({record.task_id for record in records})
        for record in records:
            day, title = record.completion_date.isoformat(), named.get(record.task_id, "")
            cells = (_harmless(title), record.time_spent, _harmless(record.note or ""))
            writer.writerow((day, record.task_id, *cells))
        yield text.getvalue()
        text.seek(0)
        text.truncate()


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""
