"""Changing records.

The total of a task (`tasks.time_spent`) is summed anew in the same transaction. So that no sum
misses a record, every change locks the task first and the record after it.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import delete, func, select

from taskapp.accounts.actor import Actor
from taskapp.accounts.models import User
from taskapp.core.errors import Conflict, Invalid, NotFound, Stale
from taskapp.core.time import today, zone
from taskapp.extensions import db
from taskapp.records.models import TaskRecord
from taskapp.records.queries import visible_records
from taskapp.tasks.events import record_task_event
from taskapp.tasks.models import MAX_TIME_SPENT, Task
from taskapp.tasks.queries import visible_tasks
from taskapp.tasks.representation import dump_task
from taskapp.tasks.services import set_status

# What the history of a task tells of a record. The note is for its writer alone.
_TOLD = ("completion_date", "time_spent")


def create_record(actor: Actor, values: Mapping[str, Any]) -> TaskRecord:
    """Record the actor's work on a task, and make the task done.

    `values`: task_id, and optionally completion_date (default: today in the actor's zone),
    time_spent (minutes, default 0), note, and mark_done (False leaves the status alone). Raises
    Invalid, also when the actor cannot see the task.
    """
    task_id = values["task_id"]
    tasks = _lock_tasks({task_id})
    _check_visible(actor, task_id)
    record = TaskRecord(user_id=actor.id, task_id=task_id)
    _apply(record, {"completion_date": None, "time_spent": 0, **values}, actor)
    db.session.add(record)
    _sum_up(tasks)
    _tell(actor, "record.created", tasks, {}, _state(record))
    if values.get("mark_done", True):
        set_status(actor, task_id, "done")
    return record


def update_record(
    actor: Actor,
    record_id: int,
    changes: Mapping[str, Any],
    expected_versions: Collection[int] | None = None,
) -> TaskRecord:
    """Change what `changes` names (fields as in `create_record`) and return the record.

    A completion_date of None becomes today. Raises NotFound, Stale when none of
    `expected_versions` is stored, Invalid, also when the record moves to a task that the actor
    cannot see.
    """
    record, tasks = _get_for_update(actor, record_id, changes, expected_versions)
    before = _state(record)
    _apply(record, changes, actor)
    after = _state(record)
    if after != before:
        _sum_up(tasks)
        _tell(actor, "record.updated", tasks, before, after)
    return record


def delete_record(
    actor: Actor, record_id: int, expected_versions: Collection[int] | None = None
) -> None:
    """Delete a record. Raises NotFound, Stale."""
    record, tasks = _get_for_update(actor, record_id, {}, expected_versions)
    db.session.delete(record)
    _sum_up(tasks)
    _tell(actor, "record.deleted", tasks, _state(record), {})


def delete_records_of(actor: Actor, user_id: int) -> None:
    """Delete what a user recorded on the tasks of others, before the user is deleted.

    The database would delete it with the user, but leave the totals of those tasks wrong.
    """
    of_user = TaskRecord.user_id == user_id
    others = select(TaskRecord.task_id).join(Task, Task.id == TaskRecord.task_id)
    tasks = _lock_tasks(set(db.session.scalars(others.where(of_user, Task.user_id != user_id))))
    ids = [task.id for task in tasks]
    db.session.execute(delete(TaskRecord).where(of_user, TaskRecord.task_id.in_(ids)))
    _sum_up(tasks)
    _tell(actor, "record.deleted", tasks, {}, {})


def _get_for_update(
    actor: Actor,
    record_id: int,
    changes: Mapping[str, Any],
    expected_versions: Collection[int] | None,
) -> tuple[TaskRecord, list[Task]]:
    """The record, and the tasks that it stands on and will stand on; all of them locked."""
    wanted = visible_records(actor).where(TaskRecord.id == record_id)
    # The task need not be visible: whoever made a record manages it for good.
    task_id = db.session.scalar(wanted.with_only_columns(TaskRecord.task_id))
    if task_id is None:
        raise NotFound
    next_task_id = changes.get("task_id", task_id)
    tasks = _lock_tasks({task_id, next_task_id})
    record = db.session.scalar(wanted.with_for_update())
    if record is None:
        raise NotFound
    if record.task_id != task_id:
        raise Conflict("This record was moved to another task at the same moment. Try again.")
    if expected_versions is not None and record.version not in expected_versions:
        raise Stale
    if next_task_id != task_id:
        _check_visible(actor, next_task_id)
    return record, tasks


def _lock_tasks(ids: Collection[int]) -> list[Task]:
    """Those of the tasks that exist, locked in the order of their ids."""
    tasks = select(Task).where(Task.id.in_(ids)).order_by(Task.id).with_for_update()
    return list(db.session.scalars(tasks))


def _check_visible(actor: Actor, task_id: int) -> None:
    visible = visible_tasks(actor).where(Task.id == task_id).with_only_columns(Task.id)
    if db.session.scalar(visible) is None:
        raise Invalid({"task_id": ["There is no task with this id that you can see."]})


def _apply(record: TaskRecord, values: Mapping[str, Any], actor: Actor) -> None:
    for field in ("task_id", "time_spent", "note"):
        if field in values:
            setattr(record, field, values[field])
    day = values.get("completion_date", record.completion_date)
    if day is None or day != record.completion_date:
        record.completion_date = _past_day(day, record, actor)


def _past_day(day: date | None, record: TaskRecord, actor: Actor) -> date:
    """The day, or today if it is None, as the maker of the record counts days."""
    maker_zone = actor.zone
    if record.user_id != actor.id:
        of_maker = select(User.timezone).where(User.id == record.user_id)
        maker_zone = zone(db.session.scalars(of_maker).one())
    present = today(maker_zone)
    if day is not None and day > present:
        raise Invalid({"completion_date": [f"This lies in the future; today is {present}."]})
    return day or present


def _sum_up(tasks: Collection[Task]) -> None:
    """Bring the totals of locked tasks up to date, and with them their versions."""
    db.session.flush()
    for task in tasks:
        minutes = select(func.sum(TaskRecord.time_spent)).where(TaskRecord.task_id == task.id)
        total = int(db.session.scalar(minutes) or 0)
        if total > MAX_TIME_SPENT:
            raise Invalid({"time_spent": ["The records of this task would be more than it holds."]})
        task.time_spent = total
    db.session.flush()


def _state(record: TaskRecord) -> dict[str, Any]:
    return {
        "task_id": record.task_id,
        "completion_date": record.completion_date.isoformat(),
        "time_spent": record.time_spent,
        "note": record.note,
    }


def _tell(
    actor: Actor,
    type: str,
    tasks: Collection[Task],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    """An event for each task concerned, with the task as it stands now."""
    changes = {
        name: [before.get(name), after.get(name)]
        for name in _TOLD
        if before.get(name) != after.get(name)
    }
    for task in tasks:
        record_task_event(actor, type, task, dump=dump_task(task), changes=changes)
