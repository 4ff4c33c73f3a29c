"""The task."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Connection,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    event,
    inspect,
    text,
)
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from taskapp.core.models import Base, Numbered, Timestamped, check_length, check_range
from taskapp.core.text import KEY_LENGTH, stored_key
from taskapp.core.time import now
from taskapp.core.types import Choice, LongText, UtcDateTime, key_type
from taskapp.tasks.words import search_text

STATUSES = ("todo", "in_progress", "done")
PRIORITIES = ("low", "medium", "high")

TITLE_LENGTH = 100
DESCRIPTION_LENGTH = 10_000
CITY_LENGTH = 100
MAX_TIME_SPENT = 2**31 - 1  # minutes

_IS_COMPLETED = text("completed_at IS NOT NULL")

_SEEN = ("title", "description", "city")
# What follows from them, for every INSERT and every change through the ORM.
DERIVED_COLUMNS = ("title_key", "city_key", "search_text")


def derived_columns(
    *, title: str, description: str | None = None, city: str | None = None
) -> dict[str, str | None]:
    """DERIVED_COLUMNS, by which tasks are sorted and found, from the columns that people see."""
    return {
        "title_key": stored_key(title),
        "city_key": None if city is None else stored_key(city),
        "search_text": search_text(title, description),
    }


def _derived(column: str) -> Callable[[DefaultExecutionContext], str | None]:
    """The default of a derived column, whoever inserts the row."""

    def default(context: DefaultExecutionContext) -> str | None:
        row = context.get_current_parameters()  # type: ignore[no-untyped-call]
        return derived_columns(**{name: row.get(name) for name in _SEEN})[column]

    return default


def top_position() -> int:
    """A position above all that was created or moved to a top before: minus nanoseconds."""
    return -int(now().timestamp() * 1_000_000) * 1000


class Task(Numbered, Timestamped, Base):
    """Something to be done. The row holds all that its representation shows."""

    __tablename__ = "tasks"
    __table_args__ = (
        check_length("title", 1, TITLE_LENGTH),
        check_length("description", 0, DESCRIPTION_LENGTH),
        check_length("city", 1, CITY_LENGTH),
        check_range("status", 0, len(STATUSES) - 1),
        check_range("priority", 0, len(PRIORITIES) - 1),
        check_range("time_spent", 0, MAX_TIME_SPENT),
        CheckConstraint("due_on IS NULL OR due_at IS NOT NULL", name="due_on_has_instant"),
        CheckConstraint(
            f"(status = {STATUSES.index('done')}) = (completed_at IS NOT NULL)",
            name="completed_when_done",
        ),
        Index(None, "user_id", "created_at", "id"),
        Index(None, "user_id", "status", "created_at", "id"),
        # With the owner, so that what is assigned can be listed and counted from it alone.
        Index(None, "assignee_id", "created_at", "id", "user_id"),
        Index(None, "created_at", "id"),
        # All that analytics want of the tasks completed in a period. MySQL and MariaDB, which have
        # no partial indexes, keep the others in it too.
        Index(
            None,
            "completed_at",
            "created_at",
            "user_id",
            "assignee_id",
            sqlite_where=_IS_COMPLETED,
            postgresql_where=_IS_COMPLETED,
        ),
        {"sqlite_autoincrement": True},
    )

    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    description: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Choice(*STATUSES), default="todo")
    priority: Mapped[str] = mapped_column(Choice(*PRIORITIES), default="medium")
    # An all-day due date has its day here …
    due_on: Mapped[date | None] = mapped_column(Date)
    # … and every due date the instant from which the task is overdue: the instant that was set,
    # or the end of the day in the owner's time zone.
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    city: Mapped[str | None] = mapped_column(String(CITY_LENGTH))
    weather: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    time_spent: Mapped[int] = mapped_column(Integer, default=0)  # minutes, of all its records
    # Where it stands in its column of the board, the lowest on top; equals stand by id.
    position: Mapped[int] = mapped_column(BigInteger, default=top_position, server_default="0")
    version: Mapped[int] = mapped_column(Integer)

    # These follow from title, description and city (`derived_columns`), and are never shown.
    title_key: Mapped[str] = mapped_column(
        key_type(KEY_LENGTH), default=_derived("title_key"), deferred=True
    )
    city_key: Mapped[str | None] = mapped_column(
        key_type(KEY_LENGTH), default=_derived("city_key"), deferred=True
    )
    search_text: Mapped[str] = mapped_column(
        LongText, default=_derived("search_text"), deferred=True
    )

    __mapper_args__ = {"version_id_col": version}


@event.listens_for(Task, "before_insert")
@event.listens_for(Task, "before_update")
def _derive(_mapper: Mapper[Task], _connection: Connection, task: Task) -> None:
    attributes = inspect(task).attrs
    if any(attributes[name].history.has_changes() for name in _SEEN):
        derived = derived_columns(title=task.title, description=task.description, city=task.city)
        for column, value in derived.items():
            setattr(task, column, value)
