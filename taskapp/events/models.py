"""The log, and the counter that numbers it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from taskapp.core.models import Base
from taskapp.core.time import now
from taskapp.core.types import Id, UtcDateTime


class Event(Base):
    """What happened to a task or to something that hangs on it. Never changed once written.

    No foreign keys: an event outlives the task and the people it speaks of.
    """

    __tablename__ = "events"
    __table_args__ = (Index(None, "task_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    type: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    actor_id: Mapped[int] = mapped_column(BigInteger)
    task_id: Mapped[int] = mapped_column(BigInteger)
    # Who may hear of it: the task's owner and assignee, and who was its assignee until now.
    user_id: Mapped[int] = mapped_column(BigInteger)
    assignee_id: Mapped[int | None] = mapped_column(BigInteger)
    former_assignee_id: Mapped[int | None] = mapped_column(BigInteger)
    # {"priority": ["medium", "high"]}: from what to what.
    changes: Mapped[dict[str, Any]] = mapped_column(JSON)
    # The task as it stood after the change, as the API shows it; null once it is deleted.
    task: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class EventCounter(Base):
    """One row with the number of the last event.

    Its row lock is held from numbering to commit, so ids follow commit order and have no gaps,
    which sequences of PostgreSQL and MySQL do not promise.
    """

    __tablename__ = "event_counter"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        {"info": {"is_seeded": True}},  # its row comes with the migration (`core.schema`)
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    value: Mapped[int] = mapped_column(BigInteger)
