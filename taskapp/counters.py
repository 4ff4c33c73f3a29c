"""Where the rate limits count: in Redis, or in this process while there is none.

A window begins with the first that it counts, and ends `seconds` later.
"""

from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Protocol

from redis import Redis

from taskapp.core.redis import with_redis

_SWEEP_SECONDS = 60
_PREFIX = "taskapp:limits:"


@dataclass(frozen=True)
class Window:
    """How many a window has counted so far, and the seconds until it ends."""

    total: int
    seconds: float


class Counters(Protocol):
    """What counts, each key for itself."""

    def count(self, key: str, seconds: int) -> Window:
        """Count one more."""

    def forget(self, key: str) -> None:
        """Begin anew."""


class OwnCounters:
    """Counters of one process, exact whatever its threads do and wherever the clock is set."""

    def __init__(self) -> None:
        self._windows: dict[str, tuple[float, int]] = {}  # when it ends, and the total so far
        self._lock = Lock()
        self._sweep_at = 0.0

    def count(self, key: str, seconds: int) -> Window:
        """Count one more."""
        now = monotonic()
        with self._lock:
            self._sweep(now)
            end, total = self._windows.get(key, (0.0, 0))
            if end <= now:
                end, total = now + seconds, 0
            self._windows[key] = (end, total + 1)
        return Window(total + 1, end - now)

    def forget(self, key: str) -> None:
        """Begin anew."""
        self._windows.pop(key, None)

    def _sweep(self, now: float) -> None:
        if now >= self._sweep_at:
            self._windows = {k: window for k, window in self._windows.items() if window[0] > now}
            self._sweep_at = now + _SWEEP_SECONDS


class SharedCounters:
    """Counters of all workers and nodes. While Redis is away each has its own (contract §1)."""

    def __init__(self, redis: Redis) -> None:
        self._own = OwnCounters()
        self._script = redis.register_script(_COUNT)

    def count(self, key: str, seconds: int) -> Window:
        """Count one more."""

        def share(redis: Redis) -> Window:
            total, left = self._script([_PREFIX + key], [seconds * 1000], redis)
            return Window(total, left / 1000)

        return with_redis(share, otherwise=lambda: self._own.count(key, seconds))

    def forget(self, key: str) -> None:
        """Begin anew."""
        with_redis(lambda redis: redis.delete(_PREFIX + key), otherwise=lambda: None)
        self._own.forget(key)


# Count, begin a window with the first, and tell how many milliseconds it has left: in one trip.
_COUNT = """
local total = redis.call("INCR", KEYS[1])
local left = redis.call("PTTL", KEYS[1])
if left < 0 then
    redis.call("PEXPIRE", KEYS[1], ARGV[1])
    left = tonumber(ARGV[1])
end
return {total, left}
"""
