"""Writing the log.

`record_event` notes what a service did; the rows are numbered and written at the very end of the
transaction, so that the counter's lock is held for the commit alone. Then the readers are woken.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, cast

from sqlalchemy import Executable, bindparam, func, insert, select, update
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.orm import Session

from taskapp.accounts.actor import Actor
from taskapp.core.time import now
from taskapp.events.models import Event, EventCounter
from taskapp.events.wakeup import CHANNEL, wake_readers
from taskapp.extensions import db

_PENDING, _WRITTEN, _NUMBERS = "pending_events", "written_events", "numbers_of_events"
_GIVEN = "given_"  # before the names of parameters that would be taken for the columns' own
_turn = Lock()


def record_event(
    actor: Actor,
    type: str,
    *,
    task_id: int,
    user_id: int,
    assignee_id: int | None,
    former_assignee_id: int | None = None,
    changes: dict[str, Any] | None = None,
    task: dict[str, Any] | None = None,
) -> None:
    """Note an event for the log; it stands there once the transaction commits, or never."""
    values = {
        "type": type,
        "at": now(),
        "actor_id": actor.id,
        "task_id": task_id,
        "user_id": user_id,
        "assignee_id": assignee_id,
        "former_assignee_id": former_assignee_id,
        "changes": changes or {},
        "task": task,
    }
    db.session.info.setdefault(_PENDING, []).append(values)


@contextmanager
def turn_to_commit() -> Iterator[None]:
    """Let one thread of this process at a time number its events and commit.

    They would wait for each other at the counter's row anyway: but there each who waits makes it
    dearer for all, and of a worker's eight threads most would wait. (On SQLite they have waited
    since their first statement; who holds its one lock must not wait here as well.)
    """
    session = db.session()
    if _PENDING not in session.info or session.get_bind().dialect.name == "sqlite":
        yield
        return
    session.flush()  # all that need not wait
    with _turn:
        yield


def written_events() -> list[int]:
    """The ids of the events that the last commit of this session wrote."""
    return list(db.session.info.get(_NUMBERS, ()))


@sqlalchemy_event.listens_for(Session, "before_commit")
def _write_pending(session: Session) -> None:
    if session.in_nested_transaction():
        return  # a savepoint is released, nothing is committed yet
    pending = session.info.pop(_PENDING, None)
    if not pending:
        return
    session.flush()  # what the events speak of comes first: the counter's lock is taken last
    session.info[_NUMBERS] = _write(session, pending)
    session.info[_WRITTEN] = True


@sqlalchemy_event.listens_for(Session, "after_commit")
def _wake_readers(session: Session) -> None:
    if not session.in_nested_transaction() and session.info.pop(_WRITTEN, False):
        wake_readers(session.get_bind().dialect)


@sqlalchemy_event.listens_for(Session, "after_soft_rollback")
def _forget_pending(session: Session, transaction: Any) -> None:
    if not transaction.nested:
        session.info.pop(_PENDING, None)
        session.info.pop(_WRITTEN, None)


def _write(session: Session, pending: list[dict[str, Any]]) -> list[int]:
    """Number the events and write them; the numbers."""
    if len(pending) == 1 and session.get_bind().dialect.name == "postgresql":
        given = {_GIVEN + name: value for name, value in pending[0].items()}
        return [cast(int, session.scalar(_WRITE_ONE, given))]
    last = _advance_counter(session, len(pending))
    first = last - len(pending) + 1
    rows = [values | {"id": number} for number, values in enumerate(pending, start=first)]
    session.execute(insert(Event), rows)
    return [row["id"] for row in rows]


def _write_one() -> Executable:
    """PostgreSQL numbers an event and writes it in one trip: all who write wait for each other from
    the number to the commit, so nothing else is done in between."""
    advanced = (
        update(EventCounter)
        .values(value=EventCounter.value + 1)
        .returning(EventCounter.value, func.pg_notify(CHANNEL, ""))
        .cte("advanced")
    )
    columns = [column for column in Event.__table__.columns if column.name != "id"]
    values = [bindparam(_GIVEN + column.name, type_=column.type) for column in columns]
    row = select(advanced.c.value, *values)
    event = insert(Event.__table__)  # type: ignore[arg-type]
    return event.from_select(["id", *columns], row, include_defaults=False).returning(Event.id)


_WRITE_ONE = _write_one()


def _advance_counter(session: Session, by: int) -> int:
    """Take the next `by` numbers and return the last of them."""
    advance = update(EventCounter).values(value=EventCounter.value + by)
    dialect = session.get_bind().dialect
    if dialect.name == "postgresql":  # which tells its listeners at the commit, not before
        notify = func.pg_notify(CHANNEL, "")
        return cast(int, session.scalar(advance.returning(EventCounter.value, notify)))
    if dialect.update_returning:
        return cast(int, session.scalar(advance.returning(EventCounter.value)))
    session.execute(advance)  # MariaDB and MySQL: the row is ours until the commit
    return cast(int, session.scalar(select(EventCounter.value)))
