"""Files that appear whole or not at all, and that nobody else may read."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp
from typing import IO

from flask import current_app

from taskapp.core.errors import Conflict
from taskapp.core.files import flush
from taskapp.extensions import db


def database_path() -> Path:
    """The file of the application's database; raises Conflict where it is none."""
    url = db.engine.url
    if url.get_backend_name() != "sqlite":
        tools = {"postgresql": "pg_dump and pg_restore"}.get(
            url.get_backend_name(), "mariadb-dump and mariadb"
        )
        raise Conflict(
            f"This is for SQLite. The data of this installation is in a server that brings its own "
            f"tools, {tools}: docs/backup.md shows how to use them together with the files."
        )
    if not url.database or url.database == ":memory:":
        raise Conflict("This database is in memory alone.")
    return Path(current_app.instance_path, url.database)


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file to be written that appears at `path` when all of it is there, with mode 0600.

    Raises Conflict when there is one already.
    """
    if path.exists():
        raise Conflict(f"{path} exists already. Choose another name.")
    with scratch_file(beside=path) as unfinished:
        with unfinished.open("wb") as file:
            yield file
        flush(unfinished)
        unfinished.rename(path)
        flush(path.parent)


@contextmanager
def scratch_file(beside: Path) -> Iterator[Path]:
    """An empty file with mode 0600 in the folder of `beside`. What is left of it goes at the end.

    Rename it within the block to keep it.
    """
    descriptor, name = mkstemp(dir=beside.parent, prefix=f".{beside.name}.")
    os.close(descriptor)
    path = Path(name)
    try:
        yield path
    finally:
        for leftover in companions(path):
            with suppress(FileNotFoundError):
                leftover.unlink()


def companions(database: Path) -> list[Path]:
    """A database file, and those that SQLite keeps beside it."""
    return [database.with_name(database.name + suffix) for suffix in ("", "-wal", "-shm")]


def count_rows(connection: sqlite3.Connection, names: list[str]) -> dict[str, int]:
    """How many rows each of those tables has."""
    query = "SELECT count(*) FROM {}"
    return {name: connection.execute(query.format(name)).fetchone()[0] for name in names}
