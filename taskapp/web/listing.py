"""Which tasks a list shows, in which order: read from its URL, and written into its links."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from taskapp.core.errors import Invalid
from taskapp.core.sorting import parse_sort
from taskapp.core.text import is_storable, whole_number
from taskapp.tasks.filters import ME, NOBODY
from taskapp.tasks.queries import SORT_KEYS
from taskapp.web.words import PRIORITIES, STATUSES, day_words, week_ahead

PER_PAGE = 50
OPEN = ("todo", "in_progress")

# Without a word about it: what is due first, and of that what matters most.
BY_DUE_DATE = "due_date,-priority,-created_at"
SORTS = {
    BY_DUE_DATE: "Due date",
    "-priority": "Priority",
    "-created_at": "Newest first",
    "-updated_at": "Last changed",
    "title": "Title",
}
DUE = {"overdue": "Overdue", "today": "Today", "week": "Next 7 days", "none": "No date"}
ASSIGNEES = {ME: "Me", NOBODY: "Nobody"}


@dataclass(frozen=True)
class Listing:
    """What a list was asked to show. Whatever its URL says that makes no sense is passed over."""

    q: str = ""
    statuses: tuple[str, ...] = OPEN
    priorities: tuple[str, ...] = ()
    due: str = ""  # one of DUE, or nothing
    due_from: date | None = None
    due_to: date | None = None
    assignee_id: int | str = ""  # an id, one of ASSIGNEES, or nothing
    city: str = ""
    sort: str = BY_DUE_DATE
    page: int = 1

    @property
    def usual_statuses(self) -> tuple[str, ...]:
        """What goes without saying: open tasks; but one searches among all."""
        return tuple(STATUSES) if self.q else OPEN

    def filters(self, today: date) -> dict[str, Any]:
        """The filters for `tasks.queries.list_tasks`, on that day."""
        windows: dict[str, dict[str, Any]] = {
            "": {"due_from": self.due_from, "due_to": self.due_to},
            "overdue": {"overdue": True},
            "today": {"due_from": today, "due_to": today},
            "week": {"due_from": today, "due_to": week_ahead(today)},
            "none": {"undated": True},
        }
        return {
            "q": self.q,
            "status": self.statuses,
            "priority": self.priorities,
            "assignee_id": self.assignee_id,
            "city": self.city,
            **windows[self.due],
        }

    def args(self, **changes: Any) -> dict[str, Any]:
        """The query of a link to this list, changed; what goes without saying is left out."""
        values = {
            "q": self.q,
            "status": self.statuses if self.statuses != self.usual_statuses else None,
            "priority": self.priorities,
            "due": self.due,
            "due_from": None if self.due else self.due_from,
            "due_to": None if self.due else self.due_to,
            "assignee_id": self.assignee_id,
            "city": self.city,
            "sort": self.sort if self.sort != BY_DUE_DATE else None,
            **changes,
        }
        return {name: value for name, value in values.items() if value}

    def chips(self, people: Mapping[int, str], today: date) -> dict[str, str]:
        """The filters that leave something out: the parameter of each, and what it says."""
        who = self.assignee_id
        said = {
            "q": f"“{self.q}”" if self.q else "",
            "status": self._status_words() if "status" in self.args() else "",
            "priority": ", ".join(PRIORITIES[priority] for priority in self.priorities),
            "due": DUE.get(self.due) or self._days(today),
            "assignee_id": people.get(who, "Somebody")
            if isinstance(who, int)
            else ASSIGNEES.get(who, ""),
            "city": self.city,
        }
        return {name: words for name, words in said.items() if words}

    def without(self, name: str) -> dict[str, Any]:
        """The query of a link to this list without one of its filters."""
        days = {"due_from": None, "due_to": None} if name == "due" else {}
        return self.args(**{name: None}, **days)

    def cleared(self) -> dict[str, Any]:
        """The query of a link to this list without any filter, in the same order."""
        return Listing(sort=self.sort).args()

    def _status_words(self) -> str:
        """`All`, `Open`, `In progress, Done`."""
        if len(self.statuses) == len(STATUSES):
            return "All"
        if self.statuses == OPEN:
            return "Open"
        return ", ".join(STATUSES[status] for status in self.statuses)

    def _days(self, today: date) -> str:
        """`18 Nov to 20 Nov`, `from Today`, `until Sat 21 Nov`."""
        first, last = (day and day_words(day, today) for day in (self.due_from, self.due_to))
        if first and last:
            return f"{first} to {last}"
        return f"from {first}" if first else f"until {last}" if last else ""


def read_listing(args: MultiDict[str, str]) -> Listing:
    """The listing that the query of a URL asks for; its parameters are named as in the API."""
    q, city, who = (args.get(name, "").strip() for name in ("q", "city", "assignee_id"))
    due = args.get("due", "")
    if args.get("overdue") == "true":
        due = "overdue"
    elif args.get("undated") == "true":
        due = "none"
    found = Listing(
        q=q if is_storable(q) else "",
        priorities=_chosen(args, "priority", PRIORITIES),
        due=due if due in DUE else "",
        due_from=_day(args.get("due_from", "")),
        due_to=_day(args.get("due_to", "")),
        assignee_id=who if who in ASSIGNEES else whole_number(who) or "",
        city=city if is_storable(city) else "",
        sort=_order(args.get("sort", "")),
        page=whole_number(args.get("page", "")) or 1,
    )
    statuses = _chosen(args, "status", STATUSES) or found.usual_statuses
    return replace(found, statuses=statuses)


def page_numbers(page: int, pages: int) -> list[int | None]:
    """The pages to link to: the first, the last, those around `page`; None where some are left."""
    shown = sorted({1, pages, page - 1, page, page + 1} & set(range(1, pages + 1)))
    numbers: list[int | None] = []
    for number in shown:
        previous = numbers[-1] if numbers else number - 1
        if previous is not None and number - previous > 1:
            numbers.append(None)
        numbers.append(number)
    return numbers


def _chosen(args: MultiDict[str, str], name: str, words: dict[str, str]) -> tuple[str, ...]:
    """The words of a filter in their own order: repeated or in a comma list, as in the API."""
    given = {word for part in args.getlist(name) for word in part.split(",")}
    return tuple(word for word in words if word in given)


def _order(sort: str) -> str:
    try:
        parse_sort(sort, SORT_KEYS)
    except Invalid:
        return BY_DUE_DATE
    return sort


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
