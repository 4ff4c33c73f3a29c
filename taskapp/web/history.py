"""What happened to a task, in plain words."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from taskapp.web.words import PRIORITIES, STATUSES, day_words, duration_words, moment_words

_ICONS = {
    "title": "type",
    "description": "text-paragraph",
    "status": "circle-half",
    "priority": "reception-4",
    "due_date": "calendar4",
    "assignee_id": "person",
    "user_id": "person",
    "city": "geo-alt",
}
Words = tuple[str, ...]  # every second one is a value
_NAMES = {"title": "title", "priority": "priority", "due_date": "due date", "city": "city"}


@dataclass(frozen=True)
class Line:
    """One thing that somebody did."""

    icon: str
    actor_id: int
    at: datetime
    words: Words


@dataclass(frozen=True)
class Reader:
    """Who reads: in which zone, when, and what people are called."""

    zone: ZoneInfo
    now: datetime
    people: Mapping[int, str]

    def person(self, number: int) -> str:
        """A name, also of somebody who is gone."""
        return self.people.get(number, "somebody")

    def due(self, text: str) -> str:
        """A due date as the log keeps it, in words."""
        if "T" not in text:
            return day_words(date.fromisoformat(text), self.now.astimezone(self.zone).date())
        return moment_words(datetime.fromisoformat(text), self.zone, self.now)


def people_of(events: Iterable[Any]) -> set[int]:
    """The ids of all whom the lines of these events name."""
    ids = set()
    for event in events:
        ids |= {event.actor_id, *event.changes.get("assignee_id", ())}
        ids |= set(event.changes.get("user_id", ()))
    return ids - {None}


def lines(events: Iterable[Any], reader: Reader) -> list[Line]:
    """The events in words; what says nothing to a reader has no line."""
    return [
        Line(icon, event.actor_id, event.at, words)
        for event in events
        for icon, words in _tell(event, reader)
    ]


def _tell(event: Any, reader: Reader) -> Iterator[tuple[str, Words]]:
    changes: Mapping[str, Any] = event.changes
    what, _, kind = event.type.partition(".")
    if event.type == "task.created":
        yield "plus-lg", ("added the task",)
    elif event.type == "task.updated":
        for field in (field for field in _ICONS if field in changes):
            before, after = changes[field]
            yield _ICONS[field], _change(field, before, after, reader)
    elif what == "attachment":
        yield "paperclip", _tell_file(*changes["attachment"])
    elif what == "record":
        yield "stopwatch", _tell_time(kind, *changes.get("time_spent", (None, None)))


def _tell_file(before: Any, after: Any) -> Words:
    return ("attached", after["filename"]) if after else ("deleted", before["filename"])


def _tell_time(kind: str, before: int | None, after: int | None) -> Words:
    if kind == "created":
        return ("logged", duration_words(after or 0))
    if kind == "deleted":
        if not before:
            return ("deleted logged time",)
        return ("deleted", duration_words(before), "of logged time")
    if before is None or after is None:  # another day, or from another task
        return ("changed logged time",)
    return ("changed logged time from", duration_words(before), "to", duration_words(after))


def _change(field: str, before: Any, after: Any, reader: Reader) -> Words:
    if field == "status":
        return _change_status(before, after)
    if field == "description":
        verb = "removed" if not after else "changed" if before else "added"
        return (f"{verb} the description",)
    if field in {"assignee_id", "user_id"}:
        if after is None:
            return ("took the task from", reader.person(before))
        verb = "assigned" if field == "assignee_id" else "gave"
        return (f"{verb} the task to", reader.person(after))
    return _change_value(_NAMES[field], _shown(field, before, reader), _shown(field, after, reader))


def _change_status(before: str, after: str) -> Words:
    if after == "done":
        return ("completed the task",)
    if before == "done":
        return ("reopened the task",)
    return ("moved the task from", STATUSES[before], "to", STATUSES[after])


def _change_value(name: str, before: str, after: str) -> Words:
    if not before:
        return (f"set the {name} to", after)
    if not after:
        return (f"removed the {name}", before)
    return (f"changed the {name} from", before, "to", after)


def _shown(field: str, value: Any, reader: Reader) -> str:
    if not value:
        return ""
    if field == "due_date":
        return reader.due(value)
    return PRIORITIES[value] if field == "priority" else str(value)
