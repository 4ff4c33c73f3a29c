"""Copying all data into another, empty database: from SQLite to PostgreSQL, MySQL or MariaDB, or
between any two of them.

The tables are those of the models, so none can be forgotten. What a database derives from the rows
(indexes, and on SQLite the triggers that keep its index of words) its own migrations have made, and
the rows fill it as they come.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, Table, insert, select
from sqlalchemy.exc import SQLAlchemyError

from taskapp.core import schema
from taskapp.core.database import open_engine, snapshot
from taskapp.core.errors import Conflict
from taskapp.moving.checksums import Checksum
from taskapp.moving.numbering import last_id, number_after

_BATCH = 500  # rows of one statement


@dataclass(frozen=True)
class Copied:
    """A table that was copied: how many rows, and their checksum, the same on both sides."""

    name: str
    rows: int
    checksum: str


def copy_to(url: str) -> list[Copied]:
    """Bring the empty database at `url` to the newest schema, and copy every row into it.

    The application's database is read in one snapshot. The rows arrive in one transaction, which
    is committed once what was read back from it has the count and checksum of what was sent.

    Raises Conflict when the application's database is not at the newest schema, when the target
    cannot be reached or holds anything, and when the two differ in the end.
    """
    target = _open(url)
    try:
        with snapshot() as source:
            _check_source(source, target)
            _check_target(target)
            schema.upgrade(target)
            _continue_numbering(source, target)
            with target.begin() as connection:
                for table in reversed(schema.tables()):
                    connection.execute(table.delete())  # what the migrations have put there
                return [_copy(table, source, connection) for table in schema.tables()]
    finally:
        target.dispose()


def _open(url: str) -> Engine:
    try:
        engine = open_engine(url)
        engine.connect().close()
    except (SQLAlchemyError, ValueError, ImportError, OSError) as problem:
        reason = str(getattr(problem, "orig", None) or problem)
        raise Conflict(f"The new database cannot be reached: {reason}") from problem
    return engine


def _check_source(source: Connection, target: Engine) -> None:
    if source.engine.url == target.url:
        raise Conflict("The new database is the one that Taskapp uses already.")
    if schema.stored_revision(source) != schema.newest_revision():
        raise Conflict("This database is not at the newest schema. Run `flask db upgrade` first.")


def _check_target(target: Engine) -> None:
    with target.connect() as connection:
        revision, table = schema.stored_revision(connection), schema.occupied_by(connection)
    if table is not None:
        raise Conflict(f"The new database is not empty: it holds {table}. Nothing was copied.")
    if revision is not None and revision not in schema.known_revisions():
        raise Conflict(f"A newer Taskapp has prepared the new database (schema {revision}).")


def _continue_numbering(source: Connection, target: Engine) -> None:
    # Before the rows come, because MySQL ends a transaction here.
    with target.begin() as connection:
        for table in schema.tables():
            if table.autoincrement_column is not None:
                number_after(connection, table, last_id(source, table))


def _copy(table: Table, source: Connection, target: Connection) -> Copied:
    sent, arrived = Checksum(), Checksum()
    all_rows = select(table).execution_options(yield_per=_BATCH)
    for batch in source.execute(all_rows).mappings().partitions():
        target.execute(insert(table), [dict(row) for row in batch])
        sent.add(row.values() for row in batch)
    for stored in target.execute(all_rows).partitions():
        arrived.add(stored)
    if sent != arrived:
        raise Conflict(f"The rows of {table.name} did not arrive as they were sent.")
    return Copied(table.name, sent.rows, sent.text)
