"""What becomes of tasks when the account of their owner or assignee changes.

Everywhere tasks are locked before users, and in the order of their ids.
"""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select, update

from taskapp.accounts.actor import Actor
from taskapp.extensions import db
from taskapp.tasks.due import due_columns
from taskapp.tasks.events import record_task_event
from taskapp.tasks.models import Task
from taskapp.tasks.representation import dump_task


def lock_tasks_of(user_id: int) -> Sequence[Task]:
    """The tasks that a user owns or is assigned, locked until the end of the transaction."""
    concerned = or_(Task.user_id == user_id, Task.assignee_id == user_id)
    rows = select(Task).where(concerned).order_by(Task.id).with_for_update()
    return db.session.scalars(rows.execution_options(populate_existing=True)).all()


def let_go_of(actor: Actor, user_id: int) -> None:
    """Delete the tasks of a user and take those of others out of the user's hands.

    The database would do so when the user is deleted, but would tell nobody.
    """
    tasks = lock_tasks_of(user_id)
    for task in tasks:
        if task.user_id == user_id:
            db.session.delete(task)
        else:
            task.assignee_id = None
    db.session.flush()
    for task in tasks:
        if task.user_id == user_id:
            record_task_event(actor, "task.deleted", task)
        else:
            record_task_event(
                actor,
                "task.updated",
                task,
                dump=dump_task(task),
                changes={"assignee_id": [user_id, None]},
                former_assignee_id=user_id,
            )


def lock_all_day_tasks_of(user_id: int) -> None:
    """Lock the tasks of a user that are due on a day, until the end of the transaction."""
    all_day = (Task.user_id == user_id, Task.due_on.is_not(None))
    db.session.scalars(select(Task.id).where(*all_day).order_by(Task.id).with_for_update()).all()


def move_days(user_id: int, zone: ZoneInfo) -> None:
    """Let the days on which a user's tasks are due end as they do in `zone`.

    Nobody changed the tasks, so `updated_at` stays; the version counts on, because it guards what
    is stored.
    """
    all_day = (Task.user_id == user_id, Task.due_on.is_not(None))
    stored = db.session.execute(select(Task.due_on, Task.due_at).where(*all_day).distinct())
    ends = {day: due_columns(day, zone)["due_at"] for day, _ in stored}
    for day, end in ends.items():
        db.session.execute(
            update(Task)
            .where(Task.user_id == user_id, Task.due_on == day, Task.due_at != end)
            .values(due_at=end, version=Task.version + 1, updated_at=Task.updated_at),
            execution_options={"synchronize_session": False},
        )
