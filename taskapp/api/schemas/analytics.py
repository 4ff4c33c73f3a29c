"""What goes in and out about figures."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from marshmallow import fields

from taskapp.analytics.period import MAX_DAYS
from taskapp.analytics.queries import Figures
from taskapp.api.schemas.fields import Day, IdText, InputSchema


class AnalyticsQuerySchema(InputSchema):
    """The parameters of the figures."""

    start_date = Day(
        metadata={
            "description": "The first day, in the caller's time zone; by default the 29th before "
            f"end_date. A period has at most {MAX_DAYS:,} days."
        }
    )
    end_date = Day(metadata={"description": "The last day; by default today."})
    user_id = IdText(
        metadata={
            "description": "Only the tasks that this user owns, and the records on them. To a "
            "non-admin, somebody else is a 403."
        }
    )


def _numbers(description: str) -> fields.Dict:
    return fields.Dict(
        keys=fields.String(), values=fields.Integer(), metadata={"description": description}
    )


class TimeSpentSchema(InputSchema):
    """The minutes recorded in the period, on tasks that the caller sees."""

    example = {"total": 420, "by_user": {"alice": 360, "bob": 60}, "by_day": {"2026-11-02": 420}}

    total = fields.Integer()
    by_user = _numbers("By the name of who recorded them.")
    by_day = _numbers("By completion_date; days with nothing are left out.")


class AnalyticsSchema(InputSchema):
    """Figures of the tasks that the caller sees: an admin everybody's."""

    example = {
        "start_date": "2026-11-01",
        "end_date": "2026-11-30",
        "total": 18,
        "by_status": {"todo": 10, "in_progress": 5, "done": 3},
        "by_user": {"alice": 12, "bob": 6},
        "by_priority": {"low": 4, "medium": 9, "high": 5},
        "completed": 4,
        "completion_rate": 3 / 18,
        "overdue": 2,
        "mean_hours_to_complete": 30.5,
        "time_spent": TimeSpentSchema.example,
        "created_by_day": {"2026-11-01": 11, "2026-11-02": 7},
        "completed_by_day": {"2026-11-02": 4},
    }

    start_date = Day()
    end_date = Day()
    total = fields.Integer(metadata={"description": "Tasks created in the period."})
    by_status = _numbers("Tasks created in the period, by what they are now.")
    by_user = _numbers("Tasks created in the period, by the name of their owner.")
    by_priority = _numbers("Tasks created in the period.")
    completed = fields.Integer(
        metadata={"description": "Tasks completed in the period, whenever they were created."}
    )
    completion_rate = fields.Float(
        allow_none=True,
        metadata={"description": "The share of total that is done now, 0 to 1; null if none."},
    )
    overdue = fields.Integer(
        metadata={"description": "Tasks created in the period that are overdue now."}
    )
    mean_hours_to_complete = fields.Float(
        allow_none=True,
        metadata={"description": "From creation to completion, of those completed; null if none."},
    )
    time_spent = fields.Nested(TimeSpentSchema)
    created_by_day = _numbers("Days of the caller's zone; those with nothing are left out.")
    completed_by_day = _numbers("Days of the caller's zone; those with nothing are left out.")


def dump_figures(figures: Figures) -> dict[str, Any]:
    """The analytics object of contract §3."""
    return {
        "start_date": figures.start.isoformat(),
        "end_date": figures.end.isoformat(),
        "total": figures.total,
        "by_status": figures.by_status,
        "by_user": dict(sorted(figures.by_user.items())),
        "by_priority": figures.by_priority,
        "completed": figures.completed,
        "completion_rate": figures.completion_rate,
        "overdue": figures.overdue,
        "mean_hours_to_complete": figures.mean_hours_to_complete,
        "time_spent": {
            "total": figures.minutes,
            "by_user": dict(sorted(figures.minutes_by_user.items())),
            "by_day": _by_day(figures.minutes_by_day),
        },
        "created_by_day": _by_day(figures.created_by_day),
        "completed_by_day": _by_day(figures.completed_by_day),
    }


def _by_day(numbers: Mapping[date, int]) -> dict[str, int]:
    return {day.isoformat(): number for day, number in sorted(numbers.items())}
