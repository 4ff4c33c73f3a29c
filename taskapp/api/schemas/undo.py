"""What goes in and out about acts on many tasks, and about undoing."""

from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate, validates_schema

from taskapp.api.schemas.fields import DueDate, Id, InputSchema
from taskapp.api.schemas.tasks import EXAMPLE, Priority, TaskSchema
from taskapp.tasks.bulk import ACTS, MOST


class Day(DueDate):
    """`2026-11-30`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or len(value) != len("2026-11-30"):
            raise ValidationError("Must be a date such as 2026-11-30.")
        return super()._deserialize(value, attr, data, **kwargs)


class BulkSchema(InputSchema):
    """One act on many tasks. `reschedule` needs `due_date`, a day, and keeps the time of day;
    `priority` needs `priority`, `assign` `assignee_id`, which may be null."""

    example = {"ids": [41, 42], "action": "reschedule", "due_date": "2026-11-30"}
    NEEDS: ClassVar[dict[str, str]] = {
        "reschedule": "due_date",
        "priority": "priority",
        "assign": "assignee_id",
    }

    ids = fields.List(Id(), required=True, validate=validate.Length(1, MOST))
    action = fields.String(required=True, validate=validate.OneOf(list(ACTS)))
    due_date = Day()
    priority = Priority()
    assignee_id = Id(allow_none=True)

    @validates_schema
    def _has_what_it_needs(self, data: dict[str, Any], **_kwargs: Any) -> None:
        name = self.NEEDS.get(data.get("action", ""))
        if name and name not in data:
            raise ValidationError({name: ["Missing data for this action."]})


class RefusalSchema(InputSchema):
    """A task that was passed over, and why."""

    example = {"id": 42, "detail": "Only the owner of a task may delete it."}

    id = fields.Integer()
    detail = fields.String()


class BulkOutcomeSchema(InputSchema):
    """What became of an act on many tasks."""

    example = {"done": [41], "refused": [RefusalSchema.example]}

    done = fields.List(fields.Integer())
    refused = fields.List(fields.Nested(RefusalSchema))


class UndoSchema(InputSchema):
    """Events of one's own, as the live feed numbers them."""

    example = {"events": [812]}

    events = fields.List(Id(), required=True, validate=validate.Length(1, MOST))


class UndoneSchema(InputSchema):
    """The tasks as they are again."""

    example = {"tasks": [EXAMPLE]}

    tasks = fields.List(fields.Nested(TaskSchema))
