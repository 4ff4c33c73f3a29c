"""Completed-task records."""

from typing import Any

from flask import Response

from taskapp.api.authentication import current_actor
from taskapp.api.blueprint import Blueprint
from taskapp.api.lists import list_response
from taskapp.api.responses import entity_response, expected_versions, no_content
from taskapp.api.schemas.records import (
    NewTaskRecordSchema,
    TaskRecordListSchema,
    TaskRecordQuerySchema,
    TaskRecordSchema,
)
from taskapp.errors import API_BASE
from taskapp.records import queries, services
from taskapp.records.representation import dump_record

blp = Blueprint("records", description="Completed-task records", area="records")


@blp.get("/task-records")
@blp.arguments(TaskRecordQuerySchema, location="query")
@blp.response(200, TaskRecordListSchema)
def list_records(query: dict[str, Any]) -> Response:
    """The records that you made; an admin sees everybody's."""
    found = queries.list_records(current_actor(), **query)
    return list_response(found, query, dump_record)


@blp.post("/task-records")
@blp.arguments(NewTaskRecordSchema)
@blp.response(201, TaskRecordSchema)
def create_record(values: dict[str, Any]) -> Response:
    """Record work on a task that you can see; the task becomes done unless told otherwise."""
    record = services.create_record(current_actor(), values)
    return _record_response(record, 201, location=f"{API_BASE}/task-records/{record.id}")


@blp.get("/task-records/<id:record_id>")
@blp.response(200, TaskRecordSchema)
def get_record(record_id: int) -> Response:
    """One record."""
    return _record_response(queries.get_record(current_actor(), record_id))


@blp.put("/task-records/<id:record_id>")
@blp.arguments(TaskRecordSchema)
@blp.response(200, TaskRecordSchema)
def replace_record(values: dict[str, Any], record_id: int) -> Response:
    """Replace a record: what is left out gets its default. The task's status stays."""
    return _update(record_id, {"completion_date": None, **values})


@blp.patch("/task-records/<id:record_id>")
@blp.arguments(TaskRecordSchema(partial=True))
@blp.response(200, TaskRecordSchema)
def update_record(changes: dict[str, Any], record_id: int) -> Response:
    """Change the fields that are named. The task's status stays."""
    return _update(record_id, changes)


@blp.delete("/task-records/<id:record_id>")
@blp.response(204)
def delete_record(record_id: int) -> Response:
    """Delete a record. The task's status stays."""
    services.delete_record(current_actor(), record_id, expected_versions(record_id))
    return no_content()


def _update(record_id: int, changes: dict[str, Any]) -> Response:
    versions = expected_versions(record_id)
    return _record_response(services.update_record(current_actor(), record_id, changes, versions))


def _record_response(record: Any, status: int = 200, location: str | None = None) -> Response:
    return entity_response(dump_record(record), record.version, status, location)
