"""Bring the database to the newest schema: what `make migrate` does.

Loading the application for that takes a second, so where the embedded database is seen to be at
the newest revision already, there is nothing to load it for.
"""

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EMBEDDED = ROOT / "instance" / "taskapp.db"


def newest_revision() -> str:
    """The revision of the last of the numbered migrations."""
    return max(path.stem for path in (ROOT / "migrations" / "versions").glob("*.py")).split("_")[0]


def stored_revision(path: Path) -> str | None:
    """The revision of an SQLite database; None when it has none, or is not there."""
    if not path.is_file():
        return None
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.Error:
            return None
    return row and str(row[0])


if __name__ == "__main__":
    if os.environ.get("DATABASE_URL") or stored_revision(EMBEDDED) != newest_revision():
        flask = str(Path(sys.executable).with_name("flask"))
        os.execv(flask, [flask, "--app", "wsgi", "db", "upgrade"])
