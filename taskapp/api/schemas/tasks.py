"""What goes in and out about tasks."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from marshmallow import fields, validate

from taskapp.api.schemas.fields import (
    DueDate,
    Flag,
    Id,
    IdText,
    InputSchema,
    Text,
    Word,
)
from taskapp.api.schemas.lists import (
    ListQuerySchema,
    ListSchema,
    QueryFlag,
    QueryMoment,
    Several,
)
from taskapp.core.types import LARGEST_ID
from taskapp.tasks.due import given_text
from taskapp.tasks.filters import ME, NOBODY
from taskapp.tasks.models import (
    CITY_LENGTH,
    DESCRIPTION_LENGTH,
    PRIORITIES,
    STATUSES,
    TITLE_LENGTH,
)
from taskapp.tasks.queries import DEFAULT_SORT
from taskapp.tasks.quick_add import QuickTask
from taskapp.tasks.search import MAX_LENGTH, MAX_WORDS

# The names of the task tracker, one of the systems whose clients must keep working (contract §4).
_STATUS_SYNONYMS = {"pending": "todo", "completed": "done"}


EXAMPLE: dict[str, Any] = {
    "id": 41,
    "title": "Prepare the report",
    "description": "Ten slides at most.",
    "status": "in_progress",
    "is_complete": False,
    "priority": "high",
    "due_date": "2026-11-30T17:00:00Z",
    "city": "Moscow",
    "weather": {
        "temperature": -2.0,
        "condition": "Snow",
        "observed_at": "2026-11-21T09:30:00Z",
        "provider": "open-meteo",
    },
    "user_id": 7,
    "assignee_id": 8,
    "created_at": "2026-11-21T09:30:00Z",
    "updated_at": "2026-11-21T09:30:00Z",
    "completed_at": None,
    "time_spent": 90,
}


def Status(**kwargs: Any) -> Word:  # noqa: N802 - a kind of field
    """todo, in_progress or done; in any case, `pending` and `completed` too."""
    return Word(STATUSES, _STATUS_SYNONYMS, **kwargs)


def Priority(**kwargs: Any) -> Word:  # noqa: N802 - a kind of field
    """low, medium or high, in any case."""
    return Word(PRIORITIES, **kwargs)


class WeatherSchema(InputSchema):
    """The weather of a task's city, when it was looked up."""

    example = EXAMPLE["weather"]

    temperature = fields.Float(metadata={"description": "Degrees Celsius."})
    condition = fields.String()
    observed_at = fields.String(metadata={"format": "date-time"})
    provider = fields.String()


class TaskSchema(InputSchema):
    """A task."""

    example = EXAMPLE

    id = fields.Integer(dump_only=True)
    title = Text(trim=True, required=True, validate=validate.Length(1, TITLE_LENGTH))
    description = Text(
        allow_none=True, load_default=None, validate=validate.Length(max=DESCRIPTION_LENGTH)
    )
    status = Status()
    is_complete = Flag()
    priority = Priority(load_default="medium")
    due_date = DueDate(allow_none=True, load_default=None)
    city = Text(
        trim=True, allow_none=True, load_default=None, validate=validate.Length(max=CITY_LENGTH)
    )
    weather = fields.Nested(WeatherSchema, dump_only=True, allow_none=True)
    user_id = fields.Integer(dump_only=True)
    assignee_id = Id(allow_none=True, load_default=None)
    created_at = fields.String(dump_only=True, metadata={"format": "date-time"})
    updated_at = fields.String(dump_only=True, metadata={"format": "date-time"})
    completed_at = fields.String(dump_only=True, allow_none=True, metadata={"format": "date-time"})
    time_spent = fields.Integer(dump_only=True, metadata={"description": "Minutes."})


class StatusSchema(InputSchema):
    """A status."""

    example = {"status": "done"}

    status = Status(required=True)


class PositionSchema(InputSchema):
    """A place on the board: in which column, above and below which tasks; neither means on top."""

    example = {"status": "in_progress", "before": 41, "after": None}

    status = Status(required=True)
    before = Id(load_default=None, allow_none=True)
    after = Id(load_default=None, allow_none=True)


class AssigneeText(fields.Field[int | str]):
    """An id, `me` for whoever asks, or `none` for tasks that nobody is assigned."""

    def __init__(self) -> None:
        number = {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}
        super().__init__(
            metadata={
                "type": ["integer", "string"],
                "anyOf": [number, {"enum": [ME, NOBODY]}],
                "description": "An id, me, or none: the tasks that nobody is assigned.",
            }
        )

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int | str:
        found: int | str = value if value in {ME, NOBODY} else IdText().deserialize(value)
        return found


class TaskQuerySchema(ListQuerySchema):
    """The parameters of a list of tasks."""

    default_sort = DEFAULT_SORT

    status = Several(Status())
    priority = Several(Priority())
    user_id = IdText(metadata={"description": "The owner."})
    assignee_id = AssigneeText()
    city = Text()
    created_from = QueryMoment()
    created_to = QueryMoment()
    due_from = QueryMoment()
    due_to = QueryMoment()
    overdue = QueryFlag()
    undated = QueryFlag(metadata={"description": "Whether there is no due date."})
    q = Text(
        metadata={
            "description": "Words that all stand in the title or the description, or begin a word"
            " there. Case does not matter. Characters of scripts that are written without blanks"
            f" are found anywhere. At most {MAX_WORDS} words in {MAX_LENGTH} characters."
        }
    )


class TaskListSchema(ListSchema):
    """Some of the tasks."""

    example = {
        "items": [EXAMPLE],
        "page": 1,
        "per_page": 20,
        "pages": 1,
        "total": 1,
        "next_cursor": None,
    }

    items = fields.List(fields.Nested(TaskSchema))


class QuickTaskSchema(InputSchema):
    """A task in one line; with `preview` it is only read, and nothing is created."""

    example = {"text": "Prepare report tomorrow 5pm !high @alice in:Moscow", "preview": True}

    text = Text(required=True, validate=validate.Length(1, 500))
    preview = Flag(load_default=False)


class QuickTokenSchema(InputSchema):
    """A part of a line that was understood."""

    example = {"kind": "priority", "text": "!high", "start": 28, "end": 33}

    kind = fields.String(metadata={"enum": ["due", "time", "priority", "assignee", "city"]})
    text = fields.String()
    start = fields.Integer()
    end = fields.Integer()


class PreviewSchema(InputSchema):
    """What a line says. An assignee whom nobody is called has no `assignee_id`."""

    example = {
        "title": "Prepare report",
        "due_date": "2026-11-22T17:00:00Z",
        "priority": "high",
        "assignee": "alice",
        "assignee_id": 7,
        "city": "Moscow",
        "tokens": [QuickTokenSchema.example],
    }

    title = fields.String()
    due_date = fields.String(allow_none=True)
    priority = fields.String(allow_none=True)
    assignee = fields.String(allow_none=True)
    assignee_id = fields.Integer(allow_none=True)
    city = fields.String(allow_none=True)
    tokens = fields.List(fields.Nested(QuickTokenSchema))


def dump_preview(quick: QuickTask, values: Mapping[str, Any]) -> dict[str, Any]:
    """The preview of a line. Raises Invalid for a due date that cannot be stored."""
    return {
        "title": quick.title,
        "due_date": given_text(quick.due_date),
        "priority": quick.priority,
        "assignee": quick.assignee,
        "assignee_id": values.get("assignee_id"),
        "city": quick.city,
        "tokens": [asdict(token) for token in quick.tokens],
    }
