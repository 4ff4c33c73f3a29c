"""Asking for work: the job is a row in the transaction that asks for it.

So what is rolled back leaves no job, and what is committed loses none, whatever happens to the
queue. Once it is committed, the queue wakes a runner; where that fails, the runners find the row
when they next look, within a minute.
"""

from collections.abc import Collection, Mapping
from secrets import token_hex
from typing import Any

from sqlalchemy import event, insert, select
from sqlalchemy.orm import Session

from taskapp.core.time import now
from taskapp.extensions import db
from taskapp.jobs.models import Job
from taskapp.jobs.queue import wake_runners

_ASKED_FOR = "jobs_asked_for"


def enqueue(name: str, *, key: str | None = None, **data: Any) -> None:
    """Ask for a job of that name, with data that JSON can hold, in this transaction.

    For one key there is one job only; a second raises IntegrityError.
    """
    key = key or f"{name}:{token_hex(16)}"
    job = Job(name=name, key=key, data=data, attempts=0, due_at=now())
    db.session.add(job)
    db.session.flush()
    _wake_later([job.id])


def enqueue_all(name: str, jobs: Mapping[str, Mapping[str, Any]]) -> None:
    """Ask for many jobs of that name in one statement: the data of each, by its key; as `enqueue`.

    However many there are, on SQLite nobody else can write until they are committed: give some
    hundreds at a time.
    """
    if not jobs:
        return
    given = {"name": name, "attempts": 0, "due_at": now()}
    rows = [given | {"key": key, "data": dict(data)} for key, data in jobs.items()]
    db.session.execute(insert(Job), rows)
    made = select(Job.id).where(Job.key.in_(list(jobs))).order_by(Job.id)
    _wake_later(db.session.scalars(made).all())


def _wake_later(ids: Collection[int]) -> None:
    db.session.info.setdefault(_ASKED_FOR, []).extend(ids)


@event.listens_for(Session, "after_commit")
def _wake(session: Session) -> None:
    if not session.in_nested_transaction() and (ids := session.info.pop(_ASKED_FOR, None)):
        wake_runners(ids)


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, transaction: Any) -> None:
    if not transaction.nested:
        session.info.pop(_ASKED_FOR, None)
