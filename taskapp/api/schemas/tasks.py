"""What goes in and out about tasks."""

from typing import Any

from marshmallow import Schema, fields, validate
from marshmallow.exceptions import ValidationError

from taskapp.api.schemas.fields import DueDate, Flag, Id, InputSchema, Text
from taskapp.core.pagination import MAX_PER_PAGE
from taskapp.tasks.models import (
    CITY_LENGTH,
    DESCRIPTION_LENGTH,
    PRIORITIES,
    STATUSES,
    TITLE_LENGTH,
)
from taskapp.tasks.queries import DEFAULT_SORT

# The names of the task tracker, one of the systems whose clients must keep working (contract §4).
_STATUS_SYNONYMS = {"pending": "todo", "completed": "done"}


class Status(fields.Field[str]):
    """todo, in_progress or done; in any case, `pending` and `completed` too."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        word = value.lower() if isinstance(value, str) else ""
        word = _STATUS_SYNONYMS.get(word, word)
        if word not in STATUSES:
            raise ValidationError(f"Must be one of {', '.join(STATUSES)}.")
        return word


class Priority(fields.Field[str]):
    """low, medium or high, in any case."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        word = value.lower() if isinstance(value, str) else ""
        if word not in PRIORITIES:
            raise ValidationError(f"Must be one of {', '.join(PRIORITIES)}.")
        return word


class WeatherSchema(Schema):
    """The weather of a task's city, when it was looked up."""

    temperature = fields.Float(metadata={"description": "Degrees Celsius."})
    condition = fields.String()
    observed_at = fields.String(metadata={"format": "date-time"})
    provider = fields.String()


class TaskSchema(InputSchema):
    """A task."""

    id = fields.Integer(dump_only=True)
    title = Text(trim=True, required=True, validate=validate.Length(1, TITLE_LENGTH))
    description = Text(
        allow_none=True, load_default=None, validate=validate.Length(max=DESCRIPTION_LENGTH)
    )
    status = Status(metadata={"type": "string", "enum": list(STATUSES)})
    is_complete = Flag(metadata={"type": "boolean"})
    priority = Priority(
        load_default="medium", metadata={"type": "string", "enum": list(PRIORITIES)}
    )
    due_date = DueDate(allow_none=True, load_default=None, metadata={"type": ["string", "null"]})
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

    status = Status(required=True, metadata={"type": "string", "enum": list(STATUSES)})


class Several(fields.Field[list[str]]):
    """Words of one kind, in a comma list or the parameter repeated."""

    def __init__(self, of: fields.Field[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.of = of

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[str]:
        raw = data.getlist(attr) if hasattr(data, "getlist") else [value]
        return [self.of.deserialize(word.strip()) for part in raw for word in part.split(",")]


class TaskQuerySchema(InputSchema):
    """The parameters of a list of tasks."""

    page = fields.Integer(load_default=1, validate=validate.Range(1, 2**63 - 1))
    per_page = fields.Integer(load_default=20, validate=validate.Range(1, MAX_PER_PAGE))
    sort = fields.String(load_default=DEFAULT_SORT)
    status = Several(Status())
    priority = Several(Priority())


class TaskListSchema(InputSchema):
    """A page of tasks."""

    items = fields.List(fields.Nested(TaskSchema))
    page = fields.Integer()
    per_page = fields.Integer()
    pages = fields.Integer()
    total = fields.Integer()
