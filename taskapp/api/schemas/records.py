"""What goes in and out about completed-task records."""

from typing import Any

from marshmallow import fields, validate

from taskapp.api.schemas.fields import Day, Flag, Id, IdText, InputSchema, Text, WholeNumber
from taskapp.api.schemas.lists import ListQuerySchema, ListSchema
from taskapp.records.models import MAX_MINUTES, NOTE_LENGTH
from taskapp.records.queries import DEFAULT_SORT

EXAMPLE: dict[str, Any] = {
    "id": 5,
    "user_id": 7,
    "task_id": 41,
    "completion_date": "2026-11-21",
    "time_spent": 90,
    "note": "Took longer than thought.",
    "created_at": "2026-11-21T09:30:00Z",
}


class TaskRecordSchema(InputSchema):
    """Work that a user did on a task, on one day."""

    example = EXAMPLE

    id = fields.Integer(dump_only=True)
    user_id = fields.Integer(dump_only=True)
    task_id = Id(required=True)
    completion_date = Day(
        metadata={"description": "Not in the future; today in the user's time zone by default."}
    )
    time_spent = WholeNumber(
        0, MAX_MINUTES, load_default=0, metadata={"description": "Minutes.", "default": 0}
    )
    note = Text(allow_none=True, load_default=None, validate=validate.Length(max=NOTE_LENGTH))
    created_at = fields.String(dump_only=True, metadata={"format": "date-time"})


class NewTaskRecordSchema(TaskRecordSchema):
    """A new record."""

    example = {"task_id": 41, "time_spent": 90, "mark_done": False}

    mark_done = Flag(
        load_default=True,
        load_only=True,
        metadata={
            "default": True,
            "description": "Whether the task becomes done; false only logs the time.",
        },
    )


class TaskRecordQuerySchema(ListQuerySchema):
    """The parameters of a list of records."""

    default_sort = DEFAULT_SORT

    user_id = IdText(metadata={"description": "For admins; to others, somebody else is a 403."})
    task_id = IdText()
    date_from = Day(metadata={"description": "The first completion_date."})
    date_to = Day(metadata={"description": "The last completion_date."})


class TaskRecordListSchema(ListSchema):
    """A page of records."""

    example = {
        "items": [EXAMPLE],
        "page": 1,
        "per_page": 20,
        "pages": 1,
        "total": 1,
        "next_cursor": None,
    }

    items = fields.List(fields.Nested(TaskRecordSchema))
