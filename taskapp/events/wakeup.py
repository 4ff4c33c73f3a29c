"""Learning at once that the log has grown.

A wake-up is a hint and carries nothing: whoever is woken reads the log, and reads it now and then
unwoken as well (`reader.py`). So a hint may be lost, or come twice, and nothing is.

PostgreSQL tells all nodes itself, by a NOTIFY that belongs to the commit (`log.py`). With the other
databases Redis does, where there is one; while it is away, and without it, SQLite has a counter of
changes that is cheap to look at. MariaDB and MySQL have nothing of the kind, and the log itself is
looked at.
"""

import time
from contextlib import suppress
from typing import Any, Protocol

from redis import Redis, RedisError
from redis.client import PubSub
from sqlalchemy import Connection, Dialect, Engine

from taskapp.core.redis import with_redis
from taskapp.logs import log

CHANNEL = "taskapp_events"

_GLANCE = 0.025  # seconds between two looks at SQLite's counter, which cost microseconds
_POLL = 0.05  # seconds between two looks at the log where nothing cheaper tells of it
_REST = 3.0  # seconds without Redis after a failure: longer than writers leave it alone


class Wakeup(Protocol):
    """A way to wait for the log to grow."""

    def wait(self, seconds: float) -> None:
        """Return when the log may have grown, and after `seconds` at the latest."""

    def close(self) -> None:
        """Let go of what waiting needs; a later `wait` begins anew."""


def wakeup_for(engine: Engine, redis: Redis | None) -> Wakeup:
    """The quickest way to wait that this deployment has."""
    if _notifies(engine.dialect):
        return _PostgresWakeup(engine)
    of_database = _SqliteWakeup(engine) if engine.dialect.name == "sqlite" else _Poll()
    return of_database if redis is None else _RedisWakeup(redis, of_database)


def wake_readers(dialect: Dialect) -> None:
    """Tell the readers on all nodes that a database of that kind has committed something."""
    if not _notifies(dialect):
        with_redis(lambda redis: redis.publish(CHANNEL, ""), lambda: None)


def _notifies(dialect: Dialect) -> bool:
    return dialect.name == "postgresql"


class _Poll:
    """Wakes always, soon."""

    def wait(self, seconds: float) -> None:
        time.sleep(min(seconds, _POLL))

    def close(self) -> None:
        pass


class _DatabaseWakeup:
    """Waits on a connection of its own, which it opens when it needs one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def close(self) -> None:
        if self._connection is not None:
            with suppress(Exception):  # it is broken, most likely
                self._connection.close()
            self._connection = None

    def _driver(self) -> Any:
        """The driver's own connection."""
        if self._connection is None:
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            connection.detach()  # it is not the pool's any more, so requests do not lack it
            self._connection = connection
            self._begin(connection.connection.dbapi_connection)
        return self._connection.connection.dbapi_connection

    def _begin(self, driver: Any) -> None:
        """Prepare a new connection."""


class _SqliteWakeup(_DatabaseWakeup):
    """`PRAGMA data_version` changes whenever another connection has committed something."""

    _seen = -1

    def wait(self, seconds: float) -> None:
        driver, deadline = self._driver(), time.monotonic() + seconds
        while (version := driver.execute("PRAGMA data_version").fetchone()[0]) == self._seen:
            if time.monotonic() >= deadline:
                return
            time.sleep(_GLANCE)
        self._seen = version


class _PostgresWakeup(_DatabaseWakeup):
    """LISTEN; a pooler between us and PostgreSQL may swallow it, which costs delay only."""

    def _begin(self, driver: Any) -> None:
        driver.execute(f"LISTEN {CHANNEL}")

    def wait(self, seconds: float) -> None:
        if self._connection is None:
            self._driver()  # what came before LISTEN was told to nobody: look at once
            return
        for _ in self._driver().notifies(timeout=seconds, stop_after=1):
            pass


class _RedisWakeup:
    """A subscription; while Redis is away, the way of the database."""

    def __init__(self, redis: Redis, otherwise: Wakeup) -> None:
        self._redis = redis
        self._otherwise = otherwise
        self._subscription: PubSub | None = None
        self._away_until = 0.0

    def wait(self, seconds: float) -> None:
        if time.monotonic() < self._away_until:
            self._otherwise.wait(seconds)
            return
        try:
            if self._subscription is None:
                subscription = PubSub(self._redis.connection_pool, ignore_subscribe_messages=True)
                subscription.subscribe(CHANNEL)
                self._subscription = subscription
                return  # what was published before is lost: look at once
            self._subscription.get_message(timeout=seconds)
        except RedisError as error:
            log.warning("live_without_redis", error=str(error), seconds=_REST)
            self.close()
            self._away_until = time.monotonic() + _REST

    def close(self) -> None:
        self._otherwise.close()
        if self._subscription is not None:
            with suppress(RedisError):
                self._subscription.close()
            self._subscription = None
