"""Changing tasks."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from taskapp.accounts.actor import Actor
from taskapp.accounts.models import User
from taskapp.core.errors import Forbidden, Invalid, NotFound, Stale
from taskapp.core.time import now, zone
from taskapp.extensions import db
from taskapp.tasks.due import Due, due_columns
from taskapp.tasks.events import record_task_event
from taskapp.tasks.models import Task, top_position
from taskapp.tasks.policies import may_change, may_edit
from taskapp.tasks.queries import get_task, visible_tasks
from taskapp.tasks.representation import dump_task
from taskapp.tasks.restore import snapshot
from taskapp.tasks.status import settle_status
from taskapp.weather.services import weather_for

# What is not in the history of changes: it follows from the rest, or changes with everything.
_NOT_TOLD = {"is_complete", "updated_at", "completed_at"}


def create_task(actor: Actor, values: Mapping[str, Any]) -> Task:
    """Create a task of the actor's and return it.

    `values`: title, and optionally description, status, is_complete, priority, due_date (a date or
    an aware datetime), city, assignee_id. Raises Invalid.
    """
    status = settle_status(values, None)
    weather = weather_for(values["city"]) if values.get("city") else None
    task = Task(user_id=actor.id, time_spent=0)
    _apply(task, values, status, actor.zone, weather)
    db.session.add(task)
    db.session.flush()
    record_task_event(actor, "task.created", task, dump=dump_task(task))
    return task


def update_task(
    actor: Actor,
    task_id: int,
    changes: Mapping[str, Any],
    expected_versions: Collection[int] | None = None,
    *,
    also_told: Mapping[str, Any] | None = None,
) -> Task:
    """Change what `changes` names (fields as in `create_task`) and return the task.

    Whoever sees the task may change its status; the rest is for its owner and admins. The event
    notes `also_told` beside the changes. Raises NotFound, Forbidden, Stale when none of
    `expected_versions` is stored, Invalid.
    """
    weather = _weather_ahead(actor, task_id, changes, expected_versions)
    task = get_for_update(actor, task_id)
    _check_change(actor, task, changes, expected_versions)
    before, former_assignee_id = dump_task(task), task.assignee_id
    former_position = task.position
    status = settle_status(changes, task.status)
    _apply(task, changes, status, _zone_of_owner(actor, task), weather)
    db.session.flush()
    after = dump_task(task)
    told = {
        name: [before[name], value]
        for name, value in after.items()
        if value != before[name] and name not in _NOT_TOLD
    }
    if told:
        if task.position != former_position:
            told["position"] = [former_position, task.position]
        told |= also_told or {}
        record_task_event(
            actor,
            "task.updated",
            task,
            dump=after,
            changes=told,
            former_assignee_id=former_assignee_id,
        )
    return task


def set_status(
    actor: Actor, task_id: int, status: str, expected_versions: Collection[int] | None = None
) -> Task:
    """Set the status of a task that the actor can see, and return the task."""
    return update_task(actor, task_id, {"status": status}, expected_versions)


def reschedule(actor: Actor, task_id: int, day: date) -> Task:
    """Move a task's due date to `day`, and return the task.

    What is due at a time keeps the time of day on the actor's clock; all else is due that whole
    day. Raises as `update_task`.
    """
    task = get_for_update(actor, task_id)
    due: Due = day
    if task.due_on is None and task.due_at is not None:
        clock = task.due_at.astimezone(actor.zone).time()
        due = datetime.combine(day, clock, tzinfo=actor.zone)
    return update_task(actor, task_id, {"due_date": due})


def delete_task(
    actor: Actor, task_id: int, expected_versions: Collection[int] | None = None
) -> None:
    """Delete a task. Raises NotFound, Forbidden, Stale."""
    task = get_for_update(actor, task_id)
    if not may_edit(actor, task):
        raise Forbidden("Only the owner of a task may delete it.")
    check_version(task, expected_versions)
    kept = snapshot(task)
    db.session.delete(task)
    db.session.flush()
    record_task_event(actor, "task.deleted", task, changes={"deleted": [kept, None]})


def get_for_update(actor: Actor, task_id: int) -> Task:
    """The task, locked until the end of the transaction."""
    task = db.session.scalar(visible_tasks(actor).where(Task.id == task_id).with_for_update())
    if task is None:
        raise NotFound
    return task


def _weather_ahead(
    actor: Actor,
    task_id: int,
    changes: Mapping[str, Any],
    expected_versions: Collection[int] | None,
) -> dict[str, Any] | None:
    """The weather of the city that `changes` names, before a transaction opens: it takes time."""
    if not changes.get("city"):
        return None
    task = get_task(actor, task_id)
    _check_change(actor, task, changes, expected_versions)  # or strangers could make us ask
    if task.city == changes["city"]:
        weather: dict[str, Any] | None = task.weather
        return weather
    return weather_for(changes["city"])


def _check_change(
    actor: Actor, task: Any, changes: Mapping[str, Any], expected_versions: Collection[int] | None
) -> None:
    if not may_change(actor, task, changes):
        raise Forbidden("You may change the status of this task, but nothing else.")
    check_version(task, expected_versions)


def check_version(task: Any, expected_versions: Collection[int] | None) -> None:
    """Raise Stale unless a task is stored in one of the versions; None expects nothing."""
    if expected_versions is not None and task.version not in expected_versions:
        raise Stale


def _apply(
    task: Task,
    values: Mapping[str, Any],
    status: str,
    owner_zone: ZoneInfo,
    weather: dict[str, Any] | None,
) -> None:
    for field in ("title", "description", "priority"):
        if field in values:
            setattr(task, field, values[field])
    if "city" in values and (values["city"] or None) != task.city:
        task.city, task.weather = values["city"] or None, weather
    if "due_date" in values:
        for column, value in due_columns(values["due_date"], owner_zone).items():
            setattr(task, column, value)
    if "assignee_id" in values and values["assignee_id"] != task.assignee_id:
        _check_assignee(values["assignee_id"])
        task.assignee_id = values["assignee_id"]
    if status != task.status:
        task.status = status
        task.completed_at = now() if status == "done" else None
        task.position = values["position"] if "position" in values else top_position()


def _check_assignee(user_id: int | None) -> None:
    if user_id is None:
        return
    # Locked, so that nobody can delete or deactivate the user before this commits.
    active = select(User.id).where(User.id == user_id, User.is_active).with_for_update(read=True)
    if db.session.scalar(active) is None:
        raise Invalid({"assignee_id": ["There is no active user with this id."]})


def _zone_of_owner(actor: Actor, task: Task) -> ZoneInfo:
    if task.user_id == actor.id:
        return actor.zone
    return zone(db.session.scalars(select(User.timezone).where(User.id == task.user_id)).one())
