"""The completed-task record."""

from datetime import date

from sqlalchemy import Date, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from taskapp.core.models import Base, Numbered, Timestamped, check_length, check_range

MAX_MINUTES = 525_600  # a year
NOTE_LENGTH = 1000


class TaskRecord(Numbered, Timestamped, Base):
    """Work that a user did on a task, on one day."""

    __tablename__ = "task_records"
    __table_args__ = (
        check_range("time_spent", 0, MAX_MINUTES),
        check_length("note", 0, NOTE_LENGTH),
        # One's own, newest first; everybody's, newest first; those of a task, for its total.
        Index(None, "user_id", "completion_date", "id"),
        Index(None, "completion_date", "id"),
        Index(None, "task_id", "completion_date"),
        {"sqlite_autoincrement": True},
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"))
    completion_date: Mapped[date] = mapped_column(Date)
    time_spent: Mapped[int] = mapped_column(Integer)  # minutes
    note: Mapped[str | None] = mapped_column(String(NOTE_LENGTH))
    version: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": version}
