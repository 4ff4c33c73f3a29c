"""How much the files that somebody has attached may take in all (ATTACHMENTS_QUOTA_MB).

A file counts for who has sent it, whoever owns the task, until it is deleted.
"""

from dataclasses import dataclass

from flask import current_app
from sqlalchemy import Select, func, select

from taskapp.accounts.services import get_for_update
from taskapp.attachments.models import Attachment
from taskapp.core.database import read_scalar
from taskapp.core.errors import TooLarge
from taskapp.extensions import db

_MIB = 1024 * 1024


@dataclass(frozen=True)
class Room:
    """What the files of somebody take, and what they may take, in bytes."""

    used: int
    allowed: int

    def __str__(self) -> str:
        return f"{self.used / _MIB:.1f} MiB of {self.allowed // _MIB} MiB"

    def expect(self, size: int) -> None:
        """Raise TooLarge unless that many bytes more may be there."""
        if self.used + size > self.allowed:
            raise TooLarge(f"This file does not fit: your files take {self}. Delete some first.")


def get_room(user_id: int) -> Room | None:
    """The room of a user as it is now; None where there is no limit."""
    allowed = _allowed()
    return Room(int(read_scalar(_used_by(user_id))), allowed) if allowed else None


def expect_room(user_id: int, size: int) -> None:
    """Raise TooLarge when a file of that size would not fit, before anybody stores it."""
    if room := get_room(user_id):
        room.expect(size)


def claim_room(user_id: int, size: int) -> None:
    """The same in the transaction that writes the row of the file: until its end, no other of that
    user's can count. Raises TooLarge, and NotFound when the user is gone."""
    if allowed := _allowed():
        get_for_update(user_id)
        Room(int(db.session.scalar(_used_by(user_id)) or 0), allowed).expect(size)


def _allowed() -> int:
    return int(current_app.config["ATTACHMENTS_QUOTA_MB"]) * _MIB


def _used_by(user_id: int) -> Select[int]:
    size = func.coalesce(func.sum(Attachment.size), 0)
    return select(size).where(Attachment.user_id == user_id)
