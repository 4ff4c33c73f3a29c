"""Putting a backup in the place of the database.

Nothing that is there is touched before the backup is known to be whole, to be one of Taskapp's and
to fit this version. It is then made ready beside the database and takes its name in one step.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import SpooledTemporaryFile

from sqlalchemy.exc import DatabaseError

from taskapp.attachments.integrity import fetch
from taskapp.attachments.models import MAX_SIZE
from taskapp.attachments.storage import storage
from taskapp.backup.archive import DATABASE, Archive, BadArchive, name_of_file
from taskapp.backup.create import Report
from taskapp.backup.files import (
    companions,
    count_rows,
    database_path,
    scratch_file,
)
from taskapp.core.database import open_engine
from taskapp.core.errors import Conflict, DomainError
from taskapp.core.files import flush
from taskapp.core.schema import known_revisions, newest_revision, occupied_by, table_names, upgrade
from taskapp.core.time import LATEST, now
from taskapp.extensions import db

_IN_MEMORY = 1024 * 1024


@dataclass
class Restored:
    """What was restored, from which schema, and where the old database is kept."""

    report: Report
    old_revision: str
    kept: Path | None


def restore_backup(path: Path, *, replace: bool = False) -> Restored:
    """Make the backup at `path` the database of the application, and store its files.

    A database that holds data is kept beside the new one, with `replace`; without it this raises
    Conflict, as it does when the database is in use. Raises BadArchive when the backup is damaged,
    is none, or was made by a newer Taskapp; Unavailable; OSError.
    """
    database = database_path()
    with path.open("rb") as file:
        archive = Archive(file)
        revision = archive.manifest.get("revision")
        if revision not in known_revisions():
            raise BadArchive(f"A newer Taskapp made this backup (schema {revision}).")
        is_kept = database.is_file() and _holds_data()
        if is_kept and not replace:
            raise Conflict(f"{database} holds data. With --replace it is kept beside the new one.")
        database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with scratch_file(beside=database) as staged:
            with staged.open("wb") as target:
                archive.copy(DATABASE, target)
            files = _check(staged, archive, revision)
            if revision != newest_revision():
                _upgrade(staged)
            with closing(sqlite3.connect(staged)) as rows:
                counts = count_rows(rows, table_names())
            flush(staged)
            with _held(database), _stored(files, archive):
                kept = _switch(staged, database, is_kept=is_kept)
    lacking = archive.manifest.get("lacking", [])
    return Restored(Report(newest_revision(), counts, len(files), lacking), revision, kept)


def _check(staged: Path, archive: Archive, revision: str) -> dict[str, str]:
    """The storage key and SHA-256 of each file, once rows and files are seen to agree."""
    with closing(sqlite3.connect(staged)) as rows:
        try:
            rows.execute("PRAGMA trusted_schema = OFF")
            is_sound = rows.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            is_sound &= rows.execute("PRAGMA foreign_key_check").fetchone() is None
            stored = rows.execute("SELECT version_num FROM alembic_version").fetchone()
            attachments = rows.execute("SELECT id, storage_key, sha256 FROM attachments").fetchall()
        except sqlite3.DatabaseError as problem:
            raise BadArchive("The database in this backup cannot be read.") from problem
    lacking = archive.manifest.get("lacking", [])
    files = {key: digest for number, key, digest in attachments if number not in lacking}
    named = {name_of_file(key): digest for key, digest in files.items()}
    held = {name: digest for name, digest in archive.members.items() if name != DATABASE}
    if not is_sound or stored != (revision,) or named != held:
        raise BadArchive("The database in this backup and its files do not agree.")
    return files


def _upgrade(staged: Path) -> None:
    engine = open_engine(f"sqlite:///{staged}")
    try:
        upgrade(engine)
    finally:
        engine.dispose()


@contextmanager
def _held(database: Path) -> Iterator[None]:
    """Keep everybody else out of the database, if there is one; raises Conflict if it is in use."""
    if not database.is_file():
        yield
        return
    with closing(sqlite3.connect(database, timeout=1, isolation_level=None)) as connection:
        try:
            # Fails while anybody has the database open; leaves all of it in one file.
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as problem:
            if problem.sqlite_errorcode in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                raise Conflict("The database is in use. Stop Taskapp first.") from problem
            # It is damaged: that may be why there is something to restore.
        yield


def _holds_data() -> bool:
    engine = db.engine
    try:
        with engine.connect() as connection:
            return occupied_by(connection) is not None
    except DatabaseError:  # nobody knows what could still be read of it
        return True
    finally:
        engine.dispose()


@contextmanager
def _stored(files: dict[str, str], archive: Archive) -> Iterator[None]:
    """Store the files; if what follows fails, remove those that were not there before."""
    present, added = set(storage().keys(stored_before=LATEST)), []
    try:
        for key, digest in files.items():
            if key in present and fetch(key, MAX_SIZE, BytesIO()) == digest:
                continue
            with SpooledTemporaryFile(_IN_MEMORY) as content:
                archive.copy(name_of_file(key), content)
                content.seek(0)
                if key not in present:
                    added.append(key)
                storage().save(key, content)
        yield
    except BaseException:
        with suppress(DomainError, OSError):  # what cannot be removed now, the sweep will find
            storage().delete(added)
        raise


def _switch(staged: Path, database: Path, *, is_kept: bool) -> Path | None:
    """Give the new database its name in one step; return where the old one is."""
    kept = database.with_name(f"{database.name}.replaced-{now():%Y%m%dT%H%M%SZ}")
    if is_kept:
        os.link(database, kept)
    for side, kept_side in list(zip(companions(database), companions(kept), strict=True))[1:]:
        if side.exists():  # of a damaged database; the new one must not take it for its own
            side.rename(kept_side)
    staged.replace(database)
    flush(database.parent)
    return kept if is_kept else None
