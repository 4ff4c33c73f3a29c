"""A deleted task, kept in the log with the records of work on it, so that it can come back.

What cannot come back are its files: they leave the storage when it is deleted.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Table, insert, select

from taskapp.core.types import UtcDateTime
from taskapp.extensions import db
from taskapp.tasks.models import Task

_TASKS: Table = Task.__table__  # type: ignore[assignment]
# The tables of what hangs on a task and is kept with it.
_KEPT = ("task_records",)


def snapshot(task: Task) -> dict[str, Any]:
    """The rows of a task and of what hangs on it, in JSON values."""
    rows = {"tasks": [_dump(_TASKS, {c.name: getattr(task, c.name) for c in _TASKS.columns})]}
    for name, table in _hanging():
        found = db.session.execute(select(table).where(table.c.task_id == task.id))
        rows[name] = [_dump(table, dict(row._mapping)) for row in found]
    return rows


def restore(rows: Mapping[str, Any]) -> Task:
    """Write the rows of a snapshot again, with the ids that they had, and return the task."""
    [values] = rows["tasks"]
    # Its tag was told to be gone, so it comes back under a new one.
    db.session.execute(insert(_TASKS), _load(_TASKS, values) | {"version": values["version"] + 1})
    for name, table in _hanging():
        if rows.get(name):
            db.session.execute(insert(table), [_load(table, row) for row in rows[name]])
    return db.session.get_one(Task, values["id"])


def _hanging() -> list[tuple[str, Table]]:
    return [(name, db.metadata.tables[name]) for name in _KEPT]


def _dump(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        column.name: value.isoformat() if isinstance(value, date) else value
        for column in table.columns
        if (value := row[column.name]) is not None
    }


def _load(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    values = {}
    for column in table.columns:
        value = row.get(column.name)
        if value is not None and isinstance(column.type, UtcDateTime):
            value = datetime.fromisoformat(value)
        elif value is not None and isinstance(column.type, Date):
            value = date.fromisoformat(value)
        values[column.name] = value
    return values
