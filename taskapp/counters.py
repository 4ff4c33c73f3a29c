"""Where the rate limits count: in Redis, or in this process while there is none.

A window begins with the first that it counts, and ends `seconds` later.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Protocol

from redis import Redis

from taskapp.core.redis import with_redis

_SWEEP_SECONDS = 60
_PREFIX = "taskapp:limits:"
_PAYERS = 4096  # for whom a process keeps numbers at the same time


@dataclass(frozen=True)
class Window:
    """How many a window has counted so far, and the seconds until it ends."""

    total: int
    seconds: float


class Counters(Protocol):
    """What counts, each key for itself."""

    def count(self, key: str, seconds: int, portion: int = 1) -> Window:
        """Count one more; so many numbers may be taken from shared counters at once."""

    def forget(self, key: str) -> None:
        """Begin anew."""


class OwnCounters:
    """Counters of one process, exact whatever its threads do and wherever the clock is set."""

    def __init__(self) -> None:
        self._windows: dict[str, tuple[float, int]] = {}  # when it ends, and the total so far
        self._lock = Lock()
        self._sweep_at = 0.0

    def count(self, key: str, seconds: int, portion: int = 1) -> Window:
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
        with self._lock:
            self._windows.pop(key, None)

    def _sweep(self, now: float) -> None:
        if now >= self._sweep_at:
            self._windows = {k: window for k, window in self._windows.items() if window[0] > now}
            self._sweep_at = now + _SWEEP_SECONDS


class SharedCounters:
    """Counters of all workers and nodes. While Redis is away each has its own (contract §1).

    A trip for each request would be a sixth of its cost. With a portion, a process takes numbers
    for the next ones along; those that it does not need count all the same.
    """

    def __init__(self, redis: Redis) -> None:
        self._own = OwnCounters()
        self._taken: dict[str, tuple[float, Iterator[int]]] = {}  # the window's end, the numbers
        self._script = redis.register_script(_COUNT)

    def count(self, key: str, seconds: int, portion: int = 1) -> Window:
        """Count one more; so many numbers are taken from Redis at once."""
        now = monotonic()
        end, numbers = self._taken.get(key, (0.0, iter(())))
        if now < end and (number := next(numbers, None)) is not None:
            return Window(number, end - now)

        def share(redis: Redis) -> Window:
            total, left = self._script([_PREFIX + key], [seconds * 1000, portion], redis)
            first, seconds_left = total - portion + 1, left / 1000
            if portion > 1:
                if len(self._taken) >= _PAYERS:
                    self._taken.clear()
                self._taken[key] = (now + seconds_left, iter(range(first + 1, total + 1)))
            return Window(first, seconds_left)

        return with_redis(share, otherwise=lambda: self._own.count(key, seconds))

    def forget(self, key: str) -> None:
        """Begin anew."""
        with_redis(lambda redis: redis.delete(_PREFIX + key), otherwise=lambda: None)
        self._taken.pop(key, None)
        self._own.forget(key)


# Count, begin a window with the first, and tell how many milliseconds it has left: in one trip.
_COUNT = """
local total = redis.call("INCRBY", KEYS[1], ARGV[2])
local left = redis.call("PTTL", KEYS[1])
if left < 0 then
    redis.call("PEXPIRE", KEYS[1], ARGV[1])
    left = tonumber(ARGV[1])
end
return {total, left}
"""
