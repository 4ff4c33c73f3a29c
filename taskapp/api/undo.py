"""Acts on many tasks, and taking acts back."""

from typing import Any

from flask import Response

from taskapp.api.authentication import current_actor
from taskapp.api.blueprint import Blueprint
from taskapp.api.responses import json_response
from taskapp.api.schemas.undo import BulkOutcomeSchema, BulkSchema, UndoneSchema, UndoSchema
from taskapp.tasks import bulk, undo
from taskapp.tasks.representation import dump_task

blp = Blueprint("acts", description="Acts on many tasks, and taking acts back", area="tasks")


@blp.post("/tasks/bulk")
@blp.arguments(BulkSchema)
@blp.response(200, BulkOutcomeSchema)
def change_tasks(data: dict[str, Any]) -> Response:
    """Do one thing to up to 100 tasks at once; those that you may not change are reported."""
    act = data["action"]
    value = data.get(BulkSchema.NEEDS.get(act, ""))
    outcome = bulk.change_many(current_actor(), data["ids"], act, value)
    refused = [{"id": number, "detail": why} for number, why in outcome.refused.items()]
    return json_response({"done": outcome.done, "refused": refused})


@blp.post("/undo")
@blp.arguments(UndoSchema)
@blp.response(200, UndoneSchema)
@blp.doc(**{"x-errors": [404]})
def undo_events(data: dict[str, Any]) -> Response:
    """Undo your own last changes and deletions, named by their events, within ten minutes."""
    tasks = undo.undo(current_actor(), data["events"])
    return json_response({"tasks": [dump_task(task) for task in tasks]})
