"""A completed-task record in plain JSON values: the one way to show it to programs."""

from typing import Any

from taskapp.core.time import instant_text


def dump_record(record: Any) -> dict[str, Any]:
    """The record object of contract §3, from a `TaskRecord` or a row of its columns."""
    return {
        "id": record.id,
        "user_id": record.user_id,
        "task_id": record.task_id,
        "completion_date": record.completion_date.isoformat(),
        "time_spent": record.time_spent,
        "note": record.note,
        "created_at": instant_text(record.created_at),
    }
