"""What hangs on an account."""

from dataclasses import dataclass

from sqlalchemy import func, or_, select

from taskapp.accounts.actor import Actor
from taskapp.attachments.models import Attachment
from taskapp.core.database import read_one
from taskapp.records.models import TaskRecord
from taskapp.tasks.models import Task


@dataclass(frozen=True)
class Belongings:
    """How much there is: what goes with the account, and what stays without it."""

    tasks: int  # owned
    files: int  # of these tasks, whoever attached them
    records: int  # by the user, or by others on these tasks
    assigned: int  # tasks of others


def count_belongings(actor: Actor) -> Belongings:
    """What would become of the actor's data if the account were deleted."""
    owned = select(Task.id).where(Task.user_id == actor.id)
    assigned = (Task.assignee_id == actor.id, Task.user_id != actor.id)
    worked = or_(TaskRecord.user_id == actor.id, TaskRecord.task_id.in_(owned))
    counts = (
        select(func.count()).select_from(Task).where(Task.user_id == actor.id),
        select(func.count()).select_from(Attachment).where(Attachment.task_id.in_(owned)),
        select(func.count()).select_from(TaskRecord).where(worked),
        select(func.count()).select_from(Task).where(*assigned),
    )
    row = read_one(select(*(count.scalar_subquery() for count in counts)))
    return Belongings(*row or ())
