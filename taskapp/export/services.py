"""Writing a person's archive, piece by piece: neither a list nor a file is ever in memory whole."""

from collections.abc import Iterator
from typing import Any, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import orjson
from sqlalchemy import Row, select

from taskapp.accounts.actor import Actor
from taskapp.attachments.files import open_file
from taskapp.core.database import read_all
from taskapp.core.errors import NotFound
from taskapp.core.time import now
from taskapp.export.contents import FILES, PARTS, Json, Part

_BATCH = 500  # rows that are read at once
_CHUNK = 64 * 1024


def export_of(actor: Actor) -> Iterator[bytes]:
    """The ZIP archive of all that is the actor's, in pieces.

    Each batch of rows is read as it is written, so no connection is held while a slow reader takes
    its time. An attachment whose file is gone is listed with `"file": null`. Raises Unavailable in
    the middle when the storage does not answer: what came so far is then no archive.
    """
    pipe = _Pipe()
    with ZipFile(cast(Any, pipe), "w") as archive:
        lacking: set[int] = set()
        for row in _rows(FILES, actor):
            yield from _write_file(archive, pipe, row, lacking)
        for part in PARTS:
            rows = (_as_dumped(part, row, lacking) for row in _rows(part, actor))
            yield from _write_json(archive, pipe, part, rows)
    yield pipe.taken()


def filename_for(actor: Actor) -> str:
    """What to call the archive."""
    return f"taskapp-{actor.username}-{now():%Y-%m-%d}.zip"


class _Pipe:
    """Takes what the archive writes, until it is fetched."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """There is nothing behind it to flush to."""

    def taken(self) -> bytes:
        data = b"".join(self._pieces)
        self._pieces.clear()
        return data


def _rows(part: Part, actor: Actor) -> Iterator[Row[Any]]:
    """The part's rows in the order of their ids."""
    (key,) = part.table.primary_key
    mine = select(part.table).where(part.condition(actor)).order_by(key).limit(_BATCH)
    batch = read_all(mine)
    while batch:
        yield from batch
        batch = read_all(mine.where(key > batch[-1]._mapping[key])) if len(batch) == _BATCH else ()


def _as_dumped(part: Part, row: Row[Any], lacking: set[int]) -> Json:
    shown = part.dump(row)
    return shown | {"file": None} if part is FILES and row.id in lacking else shown


def _write_file(archive: ZipFile, pipe: _Pipe, row: Row[Any], lacking: set[int]) -> Iterator[bytes]:
    try:
        file = open_file(row, 0, row.size)
    except (FileNotFoundError, NotFound):  # lost, or deleted since the row was read
        lacking.add(row.id)
        return
    entry = _entry(FILES.dump(row)["file"], ZIP_STORED)
    with file, archive.open(entry, "w") as member:
        while chunk := file.read(_CHUNK):
            member.write(chunk)
            yield pipe.taken()


def _write_json(archive: ZipFile, pipe: _Pipe, part: Part, rows: Iterator[Json]) -> Iterator[bytes]:
    """A list with one object a line."""
    with archive.open(_entry(f"{part.name}.json", ZIP_DEFLATED), "w", force_zip64=True) as member:
        before = b"[\n"
        for row in rows:
            member.write(before + orjson.dumps(row))
            before = b",\n"
            if data := pipe.taken():
                yield data
        member.write(b"\n]\n" if before == b",\n" else b"[]\n")


def _entry(name: str, method: int) -> ZipInfo:
    entry = ZipInfo(name, date_time=now().timetuple()[:6])
    entry.compress_type = method
    entry.external_attr = 0o600 << 16
    return entry
