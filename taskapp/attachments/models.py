"""The attachment."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from taskapp.core.models import Base, Numbered, check_length, check_range
from taskapp.core.time import now
from taskapp.core.types import UtcDateTime

MAX_SIZE = 10 * 1024 * 1024  # bytes, contract §3
FILENAME_LENGTH = 255  # bytes of UTF-8, what file systems take
CONTENT_TYPE_LENGTH = 100


class Attachment(Numbered, Base):
    """A file of a task. Never changed once it is there."""

    __tablename__ = "attachments"
    __table_args__ = (
        check_length("filename", 1, FILENAME_LENGTH),
        check_length("content_type", 3, CONTENT_TYPE_LENGTH),
        check_range("size", 1, MAX_SIZE),
        check_length("sha256", 64, 64),
        UniqueConstraint("storage_key"),
        Index(None, "task_id", "created_at", "id"),
        {"sqlite_autoincrement": True},
    )

    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"))
    # Who sent it. The file belongs to the task and stays when this person's account goes.
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    filename: Mapped[str] = mapped_column(String(FILENAME_LENGTH))
    content_type: Mapped[str] = mapped_column(String(CONTENT_TYPE_LENGTH))
    size: Mapped[int] = mapped_column(Integer)  # bytes
    sha256: Mapped[str] = mapped_column(String(64))
    # Where the storage keeps the bytes: drawn by lot, so no name that a client sends is a path.
    storage_key: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
