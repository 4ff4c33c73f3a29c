"""Values that are kept for a while: in Redis for all nodes, or else in this process.

Plain redis-py rather than Flask-Caching, which unpickles what it reads, has no fallback, and
cannot tell who asked first.
"""

from threading import Lock
from time import monotonic

from flask import Flask, current_app

from taskapp.core.redis import with_redis

_PREFIX = "taskapp:weather:"


class Memory:
    """At most `size` values, each for some seconds; the oldest gives way."""

    def __init__(self, size: int = 1000) -> None:
        self._size = size
        self._values: dict[str, tuple[float, bytes]] = {}
        self._lock = Lock()

    def get(self, key: str) -> bytes | None:
        until, value = self._values.get(key, (0.0, b""))
        return value if monotonic() < until else None

    def put(self, key: str, value: bytes, seconds: int) -> None:
        with self._lock:
            self._put(key, value, seconds)

    def add(self, key: str, value: bytes, seconds: int) -> bool:
        with self._lock:
            if self.get(key) is not None:
                return False
            self._put(key, value, seconds)
            return True

    def drop(self, key: str) -> None:
        with self._lock:
            self._values.pop(key, None)

    def _put(self, key: str, value: bytes, seconds: int) -> None:
        self._values.pop(key, None)
        self._values[key] = (monotonic() + seconds, value)
        if len(self._values) > self._size:
            del self._values[next(iter(self._values))]


def configure_cache(app: Flask) -> None:
    """Give the application its part of this process's memory."""
    app.extensions["weather_memory"] = Memory()


def get(key: str) -> bytes | None:
    """The value under `key`, or None."""
    return with_redis(
        lambda redis: redis.get(_PREFIX + key),  # type: ignore[return-value]
        otherwise=lambda: _memory().get(key),
    )


def put(key: str, value: bytes, seconds: int) -> None:
    """Keep a value; also here, for the case that Redis goes away."""
    _memory().put(key, value, seconds)
    with_redis(lambda redis: redis.set(_PREFIX + key, value, ex=seconds), otherwise=lambda: None)


def add(key: str, seconds: int) -> bool:
    """Take `key`, if nobody has it; say whether it was free."""
    return with_redis(
        lambda redis: bool(redis.set(_PREFIX + key, b"1", ex=seconds, nx=True)),
        otherwise=lambda: _memory().add(key, b"1", seconds),
    )


def drop(key: str) -> None:
    """Give `key` back."""
    _memory().drop(key)
    with_redis(lambda redis: redis.delete(_PREFIX + key), otherwise=lambda: 0)


def _memory() -> Memory:
    memory: Memory = current_app.extensions["weather_memory"]
    return memory
