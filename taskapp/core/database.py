"""Reading, and how a connection is set up.

The ways to the database, each for one purpose:

* `read_all`, `read_one`, `read_scalar` run a SELECT by itself on an autocommit connection and give
  plain rows: what every GET uses. No transaction stays open behind them.
* `snapshot` is for several SELECTs whose figures must agree.
* `db.session` is the unit of work of a request that changes something. It is committed once, in
  `Taskapp.dispatch_request`.
* `write_apart` is for the rare note that others must see while the request is still running, or
  that must stay though the request fails.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any, TypeVar

import orjson
from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, CursorResult, Engine, Executable, Row, event, make_url
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

_ENGINE, _READER, _SNAPSHOTS = "taskapp_engine", "taskapp_reader", "taskapp_snapshots"
_TRUSTED_SECONDS = 1.0  # how long a connection is taken to be alive after its last use
_DEADLOCKS = {"40P01", "40001"}  # in the words of PostgreSQL, and of MySQL and MariaDB

Parameters = Mapping[str, Any] | None
Rows = TypeVar("Rows")


def database_options(url: str) -> dict[str, Any]:
    """The configuration of Flask-SQLAlchemy for a database URL as users write it."""
    drivers = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
    drivers |= {"mysql": "mysql+pymysql", "mariadb": "mysql+pymysql"}
    scheme, _, rest = url.partition("://")
    target = make_url(f"{drivers.get(scheme, scheme)}://{rest}")
    options: dict[str, Any] = {
        "json_serializer": lambda value: orjson.dumps(value).decode(),
        "json_deserializer": orjson.loads,
    }
    if target.get_backend_name() == "sqlite":
        return {"SQLALCHEMY_DATABASE_URI": target, "SQLALCHEMY_ENGINE_OPTIONS": options}
    # Both would by default let a transaction see other versions of a row than it locks.
    options |= {"isolation_level": "READ COMMITTED", "pool_size": 10}
    if target.get_backend_name() == "mysql":
        target = target.update_query_dict({"charset": "utf8mb4"})
        options["pool_pre_ping"] = True
    return {"SQLALCHEMY_DATABASE_URI": target, "SQLALCHEMY_ENGINE_OPTIONS": options}


def configure_database(app: Flask, db: SQLAlchemy) -> None:
    """Prepare the engine of `app`: SQLite's pragmas, and the connections for reading."""
    with app.app_context():
        engine = db.engine
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _set_pragmas)
            event.listen(engine, "begin", _begin)
        elif engine.dialect.name == "postgresql":
            _ping_what_was_idle(engine)
        app.extensions[_ENGINE] = engine
        app.extensions[_READER] = engine.execution_options(isolation_level="AUTOCOMMIT")
        # On SQLite every transaction sees one state; of the others it must be asked.
        level = "SERIALIZABLE" if engine.dialect.name == "sqlite" else "REPEATABLE READ"
        app.extensions[_SNAPSHOTS] = engine.execution_options(isolation_level=level, read_only=True)


def read_all(statement: Executable, parameters: Parameters = None) -> Sequence[Row[Any]]:
    """Every row of a SELECT."""
    return _read(statement, parameters, CursorResult.all)


def read_one(statement: Executable, parameters: Parameters = None) -> Row[Any] | None:
    """The first row of a SELECT, or None."""
    return _read(statement, parameters, CursorResult.first)


def read_scalar(statement: Executable, parameters: Parameters = None) -> Any:
    """The first column of the first row of a SELECT, or None."""
    return _read(statement, parameters, CursorResult.scalar)


def write_apart(*statements: Executable) -> int:
    """Run statements in one transaction of their own, at once; how many rows the last changed."""
    engine: Engine = current_app.extensions[_ENGINE]
    with engine.begin() as connection:
        return [connection.execute(statement).rowcount for statement in statements][-1]


def is_deadlock(error: Exception) -> bool:
    """Whether the database ended a transaction because it and another waited for each other."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) in _DEADLOCKS


@contextmanager
def snapshot() -> Iterator[Connection]:
    """A connection on which every SELECT sees the database as the first one saw it."""
    engine: Engine = current_app.extensions[_SNAPSHOTS]
    with engine.connect() as connection:
        yield connection


def _read(
    statement: Executable, parameters: Parameters, take: Callable[[CursorResult[Any]], Rows]
) -> Rows:
    reader: Engine = current_app.extensions[_READER]
    try:
        with reader.connect() as connection:
            return take(connection.execute(statement, parameters))
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
    # The server had closed the connection; with it all that are as old have left the pool.
    with reader.connect() as connection:
        return take(connection.execute(statement, parameters))


def _ping_what_was_idle(engine: Engine) -> None:
    """Do not hand out a connection that the server has closed meanwhile.

    `pool_pre_ping` asks each time, which doubles the trips of a short request. What happens within
    a second is noticed by the first read of a request, which is repeated.
    """

    @event.listens_for(engine, "checkin")
    def note(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["used_at"] = monotonic()

    @event.listens_for(engine, "checkout")
    def ping(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        if monotonic() - record.info.get("used_at", monotonic()) > _TRUSTED_SECONDS:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise InvalidatePoolError from error


def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    # WAL with NORMAL can lose the last transactions on a power cut; an answer given must last.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA busy_timeout = 10000")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once when another wrote in between,
    # without waiting for busy_timeout. Taking the write lock first turns that into a short wait.
    options = connection.get_execution_options()
    if options.get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN" if options.get("read_only") else "BEGIN IMMEDIATE")
