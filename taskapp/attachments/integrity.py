"""Whether the files are there, and are what their rows say."""

from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from io import BytesIO
from typing import IO, Any

from sqlalchemy import Row, select

from taskapp.attachments.models import Attachment
from taskapp.attachments.storage import storage
from taskapp.core.database import read_all, read_scalar

_BATCH = 500
_CHUNK = 64 * 1024


def fetch(key: str, size: int, target: IO[bytes]) -> str:
    """Copy a stored file, and return the SHA-256 of its bytes; raises FileNotFoundError."""
    digest, left = sha256(), size
    with closing(storage().open(key, 0, size)) as file:
        while left and (chunk := file.read(min(_CHUNK, left))):
            digest.update(chunk)
            target.write(chunk)
            left -= len(chunk)
    return digest.hexdigest()


def is_there(attachment_id: int) -> bool:
    """Whether there is still such an attachment."""
    row = select(Attachment.id).where(Attachment.id == attachment_id)
    return read_scalar(row) is not None


def find_lacking() -> Iterator[Row[Any]]:
    """The attachments whose file is lost or altered; reads every file. Raises Unavailable."""
    last = 0
    some = select(Attachment.__table__).order_by(Attachment.id).limit(_BATCH)
    while rows := read_all(some.where(Attachment.id > last)):
        yield from (row for row in rows if not _is_whole(row))
        last = rows[-1].id


def _is_whole(row: Row[Any]) -> bool:
    try:
        digest = fetch(row.storage_key, row.size, BytesIO())
    except FileNotFoundError:
        return not is_there(row.id)  # deleted since it was read
    return bool(digest == row.sha256)
