"""The bytes follow the rows.

A file is stored before the transaction that writes its row, and removed after the one that deletes
it, so no transaction waits for a storage. What each leaves behind when a process dies in between:

* stored, but no row yet: a file without a row;
* row deleted, file not yet: a file without a row.

So does an answer that is lost, of S3 to a file or of the database to a COMMIT: what was asked may
have been done. `sweep_orphans` removes those files. A row without its file cannot come about.
"""

import hashlib
from collections.abc import Iterable
from typing import IO, Any

from sqlalchemy import Connection, Row, Select, event, select
from sqlalchemy.orm import Session, SessionTransaction, object_session

from taskapp.accounts.models import User
from taskapp.attachments.models import MAX_SIZE, Attachment
from taskapp.attachments.storage import new_key, storage
from taskapp.core.database import read_scalar
from taskapp.core.errors import DomainError, Invalid, NotFound, TooLarge

# Its listener stands before ours: when an event cannot be written, no COMMIT has been sent yet.
from taskapp.events import log as _events  # noqa: F401
from taskapp.extensions import db
from taskapp.logs import log
from taskapp.tasks.models import Task

_CHUNK = 64 * 1024
# What to remove when the transaction ends: if it fails, and if it succeeds.
_IF_UNDONE, _IF_DONE = "files_if_undone", "files_if_done"


def measure(file: IO[bytes]) -> tuple[int, str]:
    """The size in bytes and the SHA-256 of a seekable file, read piece by piece.

    Raises Invalid when it is empty, TooLarge past 10 MiB.
    """
    size, digest = 0, hashlib.sha256()
    while chunk := file.read(_CHUNK):
        size += len(chunk)
        if size > MAX_SIZE:
            raise TooLarge(f"A file may have {MAX_SIZE} bytes (10 MiB) at most.")
        digest.update(chunk)
    if size == 0:
        raise Invalid({"file": ["The file is empty."]})
    file.seek(0)
    return size, digest.hexdigest()


def store_file(file: IO[bytes]) -> str:
    """Store a file and return its key; it goes again unless the transaction comes to its commit."""
    key = new_key()
    storage().save(key, file)
    db.session.info.setdefault(_IF_UNDONE, []).append(key)
    return key


def open_file(attachment: Row[Any], start: int, stop: int) -> IO[bytes]:
    """The bytes of an attachment from `start` on, at least up to `stop`; raises NotFound."""
    try:
        return storage().open(attachment.storage_key, start, stop)
    except FileNotFoundError:
        row = select(Attachment.id).where(Attachment.id == attachment.id)
        if read_scalar(row) is None:  # deleted since it was read
            raise NotFound from None
        raise


def remove_after_commit(session: Session, keys: Iterable[str]) -> None:
    """Remove these files once the transaction of the session has deleted their rows."""
    session.info.setdefault(_IF_DONE, []).extend(keys)


@event.listens_for(Task, "before_delete")
def _with_task(_mapper: Any, connection: Connection, task: Task) -> None:
    of_task = select(Attachment.storage_key).where(Attachment.task_id == task.id)
    _remove_all_of(task, connection, of_task)


@event.listens_for(User, "before_delete")
def _with_user(_mapper: Any, connection: Connection, user: User) -> None:
    of_tasks = select(Attachment.storage_key).join(Task).where(Task.user_id == user.id)
    _remove_all_of(user, connection, of_tasks)


def _remove_all_of(owner: Task | User, connection: Connection, keys: Select[Any]) -> None:
    """The database deletes the rows with their owner; this notes their files."""
    session = object_session(owner)
    if session is not None:
        remove_after_commit(session, connection.scalars(keys))


@event.listens_for(Session, "before_commit")
def _leave_to_the_sweep(session: Session) -> None:
    # From here on only the database knows whether the transaction happened.
    if not session.in_nested_transaction():
        session.info.pop(_IF_UNDONE, None)


@event.listens_for(Session, "after_commit")
def _settle(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info[_IF_UNDONE] = session.info.pop(_IF_DONE, [])


@event.listens_for(Session, "after_transaction_end")
def _clear_up(session: Session, transaction: SessionTransaction) -> None:
    # After the commit, but when the connection to the database has been given back.
    if transaction.parent is None:
        session.info.pop(_IF_DONE, None)
        if keys := session.info.pop(_IF_UNDONE, None):
            _remove(keys)


def _remove(keys: list[str]) -> None:
    try:
        storage().delete(keys)
    except (DomainError, OSError) as error:
        # What the user asked for is done, or refused; the sweep will find the files.
        log.error("files_left_behind", keys=keys, error=str(error))
