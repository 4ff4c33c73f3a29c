"""Reading, and how a connection is set up.

The ways to the database, each for one purpose:

* `read_all`, `read_one`, `read_scalar` run a SELECT by itself on an autocommit connection and give
  plain rows: what every GET uses. No transaction stays open behind them. These connections have a
  pool of their own: to switch one over for each SELECT takes longer than many a SELECT.
* `snapshot` is for several SELECTs whose figures must agree.
* `db.session` is the unit of work of a request that changes something. It is committed once, in
  `Taskapp.dispatch_request`. `write` runs a statement there and counts the rows.
* `write_apart` is for the rare note that others must see while the request is still running, or
  that must stay though the request fails.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import orjson
from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    URL,
    Connection,
    CursorResult,
    Engine,
    Executable,
    Row,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

T = TypeVar("T")

_ENGINE, _READER, _SNAPSHOTS = "taskapp_engine", "taskapp_reader", "taskapp_snapshots"
# What drivers call it: PostgreSQL by SQLSTATE, MySQL and MariaDB by number too, SQLite by name.
_DEADLOCKS = {"40P01", "40001"}
_FULL = {"53100", "SQLITE_FULL", 1021, 1114}

_PATIENCE = 5  # seconds to wait for a connection of the pool
# Seconds for which a transaction may stand still. Who goes without a word, a node whose power is
# cut, would else keep its locks for hours, and all who write wait for the row that numbers events.
_STANDSTILL = 30
# How libpq finds out that a server is gone without a word: after 25 seconds, not after two hours.
_KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}

Parameters = Mapping[str, Any] | None


def database_options(url: str) -> dict[str, Any]:
    """The configuration of Flask-SQLAlchemy for a database URL as users write it."""
    target, options = _engine_options(url)
    reading = {
        "url": target,
        "isolation_level": "AUTOCOMMIT",
        "pool_reset_on_return": None,
        "skip_autocommit_rollback": True,  # MariaDB would be sent one for each SELECT
        "pool_pre_ping": False,  # instead, a SELECT that loses its connection is sent again
    }
    return {
        "SQLALCHEMY_DATABASE_URI": target,
        "SQLALCHEMY_ENGINE_OPTIONS": options,
        "SQLALCHEMY_BINDS": {"reader": options | reading},
    }


def _engine_options(url: str) -> tuple[URL, dict[str, Any]]:
    drivers = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
    drivers |= {"mysql": "mysql+pymysql", "mariadb": "mysql+pymysql"}
    scheme, _, rest = url.partition("://")
    target = make_url(f"{drivers.get(scheme, scheme)}://{rest}")
    options: dict[str, Any] = {
        "json_serializer": lambda value: orjson.dumps(value).decode(),
        "json_deserializer": orjson.loads,
        "hide_parameters": True,  # else errors, and so the log, would tell what people write
        # SQLAlchemy would let each engine keep 750 statements, and a compiled list holds 90 KiB.
        "query_cache_size": 150,
    }
    if target.get_backend_name() != "sqlite":
        # Both would by default let a transaction see other versions of a row than it locks.
        options |= {"isolation_level": "READ COMMITTED", "pool_pre_ping": True, "pool_size": 10}
        options |= {"pool_timeout": _PATIENCE}
    if target.get_backend_name() == "postgresql":
        options |= {"connect_args": {**_KEEPALIVE, "tcp_user_timeout": 25_000}}
    if target.get_backend_name() == "mysql":
        target = target.update_query_dict({"charset": "utf8mb4"})
    return target, options


def configure_database(app: Flask, db: SQLAlchemy) -> None:
    """Prepare the engines of `app`: SQLite's pragmas, and the connections for reading."""
    with app.app_context():
        engine, reader = db.engine, db.engines["reader"]
        _prepare(engine)
        if reader.dialect.name == "sqlite":
            event.listen(reader, "connect", _set_pragmas)
        app.extensions[_ENGINE] = engine
        app.extensions[_READER] = reader
        # On SQLite every transaction sees one state; of the others it must be asked.
        level = "SERIALIZABLE" if engine.dialect.name == "sqlite" else "REPEATABLE READ"
        app.extensions[_SNAPSHOTS] = engine.execution_options(isolation_level=level, read_only=True)


def close_connections() -> None:
    """Close the connections that the application keeps and nobody uses."""
    current_app.extensions[_ENGINE].dispose()
    current_app.extensions[_READER].dispose()


def open_engine(url: str) -> Engine:
    """An engine for another database than the application's, set up alike; to be disposed of."""
    target, options = _engine_options(url)
    engine = create_engine(target, **options)
    _prepare(engine)
    return engine


def read_all(statement: Executable, parameters: Parameters = None) -> Sequence[Row[Any]]:
    """Every row of a SELECT."""
    return _read(statement, parameters, CursorResult.all)


def read_one(statement: Executable, parameters: Parameters = None) -> Row[Any] | None:
    """The first row of a SELECT, or None."""
    return _read(statement, parameters, CursorResult.first)


def read_scalar(statement: Executable, parameters: Parameters = None) -> Any:
    """The first column of the first row of a SELECT, or None."""
    return _read(statement, parameters, CursorResult.scalar)


def _read(
    statement: Executable, parameters: Parameters, fetch: Callable[[CursorResult[Any]], T]
) -> T:
    """What `fetch` takes from a SELECT; asked again on a new connection if the old one is lost."""
    reader: Engine = current_app.extensions[_READER]
    try:
        with reader.connect() as connection:
            return fetch(connection.execute(statement, parameters))
    except DBAPIError as problem:
        if not problem.connection_invalidated:
            raise
    # Most likely the others are lost as well. The pool tells by the time of day which of them are
    # older than this; after a clock was set back it would hand out another.
    reader.dispose()
    with reader.connect() as connection:
        return fetch(connection.execute(statement, parameters))


def write(statement: Executable) -> int:
    """Run an INSERT, UPDATE or DELETE in `db.session`; how many rows it changed."""
    session = current_app.extensions["sqlalchemy"].session
    changed: int = session.execute(statement).rowcount
    return changed


def write_apart(*statements: Executable) -> int:
    """Run statements in one transaction of their own, at once; how many rows the last changed."""
    engine: Engine = current_app.extensions[_ENGINE]
    with engine.begin() as connection:
        return [connection.execute(statement).rowcount for statement in statements][-1]


def connection_errors(app: Flask) -> tuple[type[Exception], ...]:
    """What a statement raises when the database cannot be reached, or not soon enough.

    The driver's own errors are among them: SQLAlchemy lets them through where a connection is lost
    while it is given back.
    """
    driver: Any = app.extensions[_ENGINE].dialect.loaded_dbapi
    own = (driver.OperationalError, driver.InterfaceError)
    return (OperationalError, InterfaceError, PoolTimeout, *own)


def is_deadlock(error: Exception) -> bool:
    """Whether the database ended a transaction because it and another waited for each other."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) in _DEADLOCKS


def is_full(error: Exception) -> bool:
    """Whether the database has no room left."""
    cause: Any = getattr(error, "orig", None)
    names = {getattr(cause, "sqlstate", None), getattr(cause, "sqlite_errorname", None)}
    return bool(names.union(getattr(cause, "args", ())[:1]) & _FULL)


@contextmanager
def snapshot() -> Iterator[Connection]:
    """A connection on which every SELECT sees the database as the first one saw it."""
    engine: Engine = current_app.extensions[_SNAPSHOTS]
    with engine.connect() as connection:
        yield connection


def _prepare(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin)
    else:
        event.listen(engine, "connect", partial(_limit_standstill, engine.dialect))


def _limit_standstill(dialect: Any, connection: Any, _record: object) -> None:
    if dialect.name == "postgresql":
        limit = f"SET idle_in_transaction_session_timeout = '{_STANDSTILL}s'"
    elif dialect.is_mariadb:
        limit = f"SET idle_write_transaction_timeout = {_STANDSTILL}"
    else:
        return  # MySQL has none
    with connection.cursor() as cursor:
        cursor.execute(limit)
        cursor.execute("COMMIT")  # else PostgreSQL would forget it with the first rollback


def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 10000")
    _write_ahead(cursor)
    # WAL with NORMAL can lose the last transactions on a power cut; an answer given must last.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    # Of two processes that open a new file at the same moment each wants it for itself to turn it;
    # SQLite sees that neither would get it, and refuses one without waiting.
    patience = 10.0
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or patience <= 0:
                raise
            patience -= 0.1
            time.sleep(0.1)
        else:
            return


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once when another wrote in between,
    # without waiting for busy_timeout. Taking the write lock first turns that into a short wait.
    is_reading = connection.get_execution_options().get("read_only")
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")
