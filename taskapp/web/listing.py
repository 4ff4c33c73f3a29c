"""Which tasks a list shows, in which order: read from its URL, and written into its links."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from taskapp.core.time import now
from taskapp.tasks.queries import SORT_KEYS
from taskapp.web.due import GROUPS, due_date
from taskapp.web.words import PRIORITIES, STATUSES

PER_PAGE = 30
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


@dataclass(frozen=True)
class Listing:
    """What a list was asked to show. Whatever its URL says that makes no sense is passed over."""

    statuses: tuple[str, ...] = OPEN
    priorities: tuple[str, ...] = ()
    sort: str = BY_DUE_DATE
    page: int = 1

    @property
    def filters(self) -> dict[str, Any]:
        """The filters for `tasks.queries.list_tasks`."""
        return {"status": self.statuses, "priority": self.priorities}

    @property
    def is_filtered(self) -> bool:
        """Whether it shows something else than all open tasks."""
        return self.statuses != OPEN or bool(self.priorities)

    @property
    def status_words(self) -> str:
        """`Open`, `All`, `To do`, `In progress, Done`."""
        if self.statuses == OPEN:
            return "Open"
        if len(self.statuses) == len(STATUSES):
            return "All"
        return ", ".join(STATUSES[status] for status in self.statuses)

    @property
    def priority_words(self) -> str:
        """`Medium, High`; nothing where every priority is shown."""
        return ", ".join(PRIORITIES[priority] for priority in self.priorities)

    def args(self, **changes: Any) -> dict[str, Any]:
        """The query of a link to this list, changed; what goes without saying is left out."""
        values = {
            "status": self.statuses if self.statuses != OPEN else None,
            "priority": self.priorities or None,
            "sort": self.sort,
            **changes,
        }
        if values["sort"] == BY_DUE_DATE:
            del values["sort"]
        return values


def read_listing(args: MultiDict[str, str]) -> Listing:
    """The listing that the query of a URL asks for."""
    sort = args.get("sort", "")
    keys = [key.removeprefix("-") for key in sort.split(",")]
    page = args.get("page", "")
    return Listing(
        statuses=_chosen(args, "status", STATUSES) or OPEN,
        priorities=_chosen(args, "priority", PRIORITIES),
        sort=sort if all(key in SORT_KEYS for key in keys) else BY_DUE_DATE,
        page=int(page) if page.isdecimal() and 0 < len(page) < 10 and int(page) else 1,
    )


def group_by_due_date(tasks: Sequence[Any], zone: ZoneInfo) -> list[tuple[str, list[Any]]]:
    """The tasks under their headings, in the order of the headings; none is empty."""
    groups: dict[str, list[Any]] = {group: [] for group in GROUPS}
    at = now()
    for task in tasks:
        due = due_date(task, zone, at)
        groups[due.group if due else "No due date"].append(task)
    return [(group, members) for group, members in groups.items() if members]


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
