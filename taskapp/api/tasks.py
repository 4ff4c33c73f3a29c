"""Tasks."""

from typing import Any

from flask import Response

from taskapp.api.authentication import current_actor
from taskapp.api.blueprint import Blueprint
from taskapp.api.lists import list_response
from taskapp.api.responses import entity_response, expected_versions, json_response, no_content
from taskapp.api.schemas.tasks import (
    PositionSchema,
    PreviewSchema,
    QuickTaskSchema,
    StatusSchema,
    TaskListSchema,
    TaskQuerySchema,
    TaskSchema,
    dump_preview,
)
from taskapp.errors import API_BASE
from taskapp.tasks import board, from_line, queries, services
from taskapp.tasks.representation import dump_task

blp = Blueprint("tasks", description="Tasks", area="tasks")


@blp.get("/tasks")
@blp.arguments(TaskQuerySchema, location="query")
@blp.response(200, TaskListSchema)
def list_tasks(query: dict[str, Any]) -> Response:
    """The tasks that you own or are assigned; an admin sees everybody's."""
    found = queries.list_tasks(current_actor(), **query)
    return list_response(found, query, dump_task)


@blp.post("/tasks")
@blp.arguments(TaskSchema)
@blp.response(201, TaskSchema)
def create_task(values: dict[str, Any]) -> Response:
    """Create a task of one's own."""
    task = services.create_task(current_actor(), values)
    return _task_response(task, 201, location=f"{API_BASE}/tasks/{task.id}")


@blp.post("/tasks/quick")
@blp.arguments(QuickTaskSchema)
@blp.response(201, TaskSchema)
@blp.alt_response(200, schema=PreviewSchema)
def create_quick_task(data: dict[str, Any]) -> Response:
    """Create a task from one line, such as `Prepare report tomorrow 5pm !high @alice in:Moscow`."""
    actor = current_actor()
    if data["preview"]:
        return json_response(dump_preview(*from_line.read_line(actor, data["text"])))
    task = from_line.create_from_line(actor, data["text"])
    return _task_response(task, 201, location=f"{API_BASE}/tasks/{task.id}")


@blp.get("/tasks/<id:task_id>")
@blp.response(200, TaskSchema)
def get_task(task_id: int) -> Response:
    """One task."""
    return _task_response(queries.get_task(current_actor(), task_id))


@blp.put("/tasks/<id:task_id>")
@blp.arguments(TaskSchema)
@blp.response(200, TaskSchema)
def replace_task(values: dict[str, Any], task_id: int) -> Response:
    """Replace a task: what is left out gets its default."""
    values.setdefault("status", "done" if values.get("is_complete") else "todo")
    task = services.update_task(current_actor(), task_id, values, expected_versions(task_id))
    return _task_response(task)


@blp.patch("/tasks/<id:task_id>")
@blp.arguments(TaskSchema(partial=True))
@blp.response(200, TaskSchema)
def update_task(changes: dict[str, Any], task_id: int) -> Response:
    """Change the fields that are named."""
    task = services.update_task(current_actor(), task_id, changes, expected_versions(task_id))
    return _task_response(task)


@blp.delete("/tasks/<id:task_id>")
@blp.response(204)
def delete_task(task_id: int) -> Response:
    """Delete a task and all that hangs on it."""
    services.delete_task(current_actor(), task_id, expected_versions(task_id))
    return no_content()


@blp.put("/tasks/<id:task_id>/status")
@blp.arguments(StatusSchema)
@blp.response(200, TaskSchema)
def set_status(data: dict[str, Any], task_id: int) -> Response:
    """Set the status; whoever sees the task may."""
    actor = current_actor()
    task = services.set_status(actor, task_id, data["status"], expected_versions(task_id))
    return _task_response(task)


@blp.put("/tasks/<id:task_id>/position")
@blp.arguments(PositionSchema)
@blp.response(200, TaskSchema)
def move_task(data: dict[str, Any], task_id: int) -> Response:
    """Move it on the board; whoever sees the task may. `sort=position` lists in that order."""
    task = board.move_task(
        current_actor(),
        task_id,
        data["status"],
        before_id=data["before"],
        after_id=data["after"],
        expected_versions=expected_versions(task_id),
    )
    return _task_response(task)


def _task_response(task: Any, status: int = 200, location: str | None = None) -> Response:
    return entity_response(dump_task(task), task.version, status, location)
