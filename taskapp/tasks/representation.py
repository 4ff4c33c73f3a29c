"""A task in plain JSON values: the one way to show it to programs."""

from typing import Any

from taskapp.core.time import instant_text
from taskapp.tasks.due import due_text


def dump_task(task: Any) -> dict[str, Any]:
    """The task object of contract §3, from a `Task` or a row of its columns."""
    completed_at = task.completed_at
    return {
        "id": task.id,
        "title": task.title,
        "description": task.description,
        "status": task.status,
        "is_complete": task.status == "done",
        "priority": task.priority,
        "due_date": due_text(task.due_on, task.due_at),
        "city": task.city,
        "weather": task.weather,
        "user_id": task.user_id,
        "assignee_id": task.assignee_id,
        "created_at": instant_text(task.created_at),
        "updated_at": instant_text(task.updated_at),
        "completed_at": None if completed_at is None else instant_text(completed_at),
        "time_spent": task.time_spent,
    }
