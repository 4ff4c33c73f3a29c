"""The jobs: what is to be done, and what has been."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from taskapp.core.models import Base, Numbered, check_range
from taskapp.core.time import now
from taskapp.core.types import Choice, UtcDateTime

OUTCOMES = ("done", "failed")


class Job(Numbered, Base):
    """One piece of work. Its row is written in the transaction that asks for it."""

    __tablename__ = "jobs"
    __table_args__ = (
        # What must happen once has the same key every time that somebody asks for it.
        UniqueConstraint("key"),
        CheckConstraint("(finished_at IS NULL) = (outcome IS NULL)", name="outcome_when_finished"),
        check_range("outcome", 0, len(OUTCOMES) - 1),
        Index(None, "finished_at", "due_at"),
        {"sqlite_autoincrement": True},
    )

    name: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(100))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    # From when on it may be run. A runner that takes it moves this on: if that runner dies, the
    # job is due again then.
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None] = mapped_column(Choice(*OUTCOMES))
