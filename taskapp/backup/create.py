"""Making a backup while the application goes on.

First a copy of the database is made, by SQLite, as it stands at one moment; then the files that its
rows name are copied. A file that came later has no row in the copy and is not wanted. One whose row
was deleted meanwhile is gone: then the row is taken out of the copy too. So the rows and the files
of a backup always agree.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import SpooledTemporaryFile

from taskapp.attachments.integrity import fetch, is_there
from taskapp.backup.archive import DATABASE, Writer, name_of_file
from taskapp.backup.files import count_rows, database_path, new_file, scratch_file
from taskapp.core.errors import Conflict
from taskapp.core.schema import newest_revision, table_names
from taskapp.core.time import instant_text, now

_IN_MEMORY = 1024 * 1024

# Of an attachment: id, storage key, bytes, SHA-256.
_Stored = tuple[int, str, int, str]


@dataclass
class Report:
    """What a backup holds, or what was restored from it."""

    revision: str
    counts: dict[str, int] = field(default_factory=dict)  # rows of each table
    files: int = 0
    lacking: list[int] = field(default_factory=list)  # attachments without their file


def create_backup(path: Path) -> Report:
    """Write the database and its files to `path`, which is there when all of it is, with mode 0600.

    An attachment whose file is lost or damaged is backed up by its row alone, and is reported.
    Raises Conflict when the database is not of SQLite or not of this version, or `path` exists;
    Unavailable when the storage does not answer; OSError.
    """
    database = database_path()
    with new_file(path) as file, scratch_file(beside=path) as copy:
        _copy_database(database, copy)
        with closing(sqlite3.connect(copy, isolation_level=None)) as rows:
            return _write(rows, copy, Writer(file))


def _copy_database(database: Path, copy: Path) -> None:
    if not database.is_file():
        raise Conflict(f"There is no database at {database}.")
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)  # in one step, so that no writer makes it begin again
        target.execute("PRAGMA journal_mode = DELETE")  # all in one file


def _write(rows: sqlite3.Connection, copy: Path, writer: Writer) -> Report:
    try:
        revision = rows.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    except (sqlite3.OperationalError, TypeError):
        revision = None
    if revision != newest_revision():
        raise Conflict("This database is not at the newest schema. Run `flask db upgrade` first.")
    report = Report(revision)
    for stored in _attachments(rows):
        _add_file(stored, rows, writer, report)
    report.counts = count_rows(rows, table_names())
    with copy.open("rb") as database:
        writer.add(DATABASE, database, copy.stat().st_size)
    writer.finish(
        {
            "revision": report.revision,
            "created_at": instant_text(now()),
            "counts": report.counts,
            "lacking": report.lacking,
        }
    )
    return report


def _attachments(rows: sqlite3.Connection) -> Iterator[_Stored]:
    last = 0
    query = "SELECT id, storage_key, size, sha256 FROM attachments WHERE id > ? ORDER BY id LIMIT 1"
    while stored := rows.execute(query, (last,)).fetchone():
        yield stored
        last = stored[0]


def _add_file(stored: _Stored, rows: sqlite3.Connection, writer: Writer, report: Report) -> None:
    attachment_id, key, size, digest = stored
    with SpooledTemporaryFile(_IN_MEMORY) as file:
        try:
            is_whole = fetch(key, size, file) == digest
        except FileNotFoundError:
            if not is_there(attachment_id):
                rows.execute("DELETE FROM attachments WHERE id = ?", (attachment_id,))
                return
            is_whole = False
        if is_whole:
            file.seek(0)
            writer.add(name_of_file(key), file, size)
            report.files += 1
        else:
            report.lacking.append(attachment_id)
