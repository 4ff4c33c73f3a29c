"""Where the rate limits count: in Redis, or in this process while there is none.

Both are storages of the `limits` package, on which Flask-Limiter stands; it finds them by their
scheme. A window begins with its first request and ends `expiry` seconds later.
"""

from threading import Lock
from time import monotonic, time

from flask import g
from limits.storage import RedisStorage, Storage
from redis import ConnectionPool, Redis

from taskapp.core.redis import with_redis

_SWEEP_SECONDS = 60


class OwnCounters(Storage):
    """Counters of one process, exact whatever its threads do and wherever the clock is set.

    The package's own storage in memory starts a thread every few requests in order to forget, which
    costs more than the counting.
    """

    STORAGE_SCHEME = ["own"]
    URI = "own://"
    base_exceptions = ()

    def __init__(self, _uri: str = URI) -> None:
        super().__init__()
        self._windows: dict[str, tuple[float, int]] = {}  # when it ends, and the sum so far
        self._lock = Lock()
        self._sweep_at = 0.0

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and return the sum so far."""
        now = monotonic()
        with self._lock:
            if now >= self._sweep_at:
                self._windows = {
                    k: window for k, window in self._windows.items() if window[0] > now
                }
                self._sweep_at = now + _SWEEP_SECONDS
            end, total = self._window(key, now)
            self._windows[key] = (end or now + expiry, total + amount)
            return total + amount

    def get(self, key: str) -> int:
        """The sum so far."""
        return self._window(key, monotonic())[1]

    def get_expiry(self, key: str) -> float:
        """When the window ends, in seconds since the epoch."""
        now = monotonic()
        return time() + max(self._window(key, now)[0] - now, 0)

    def check(self) -> bool:
        """It cannot fail."""
        return True

    def clear(self, key: str) -> None:
        """Forget one counter."""
        self._windows.pop(key, None)

    def reset(self) -> None:
        """Forget all."""
        self._windows.clear()

    def _window(self, key: str, now: float) -> tuple[float, int]:
        end, total = self._windows.get(key, (0.0, 0))
        return (end, total) if end > now else (0.0, 0)


class SharedCounters(RedisStorage):
    """Counters of all workers and nodes. While Redis is away each counts for itself (contract §1).

    Flask-Limiter can fall back too, but looks for Redis within a request, which then waits for one
    that hangs, and finds one that is back only half a minute later.

    Whoever counts a request asks for the sum and the end of the window right after. One trip to
    Redis brings it all, and the request keeps it.
    """

    STORAGE_SCHEME = ["shared"]
    URI = "shared://"

    def __init__(self, _uri: str, connection_pool: ConnectionPool) -> None:
        super().__init__("redis://", connection_pool, key_prefix="taskapp:limits")
        self._own = OwnCounters()
        self._count = self.storage.register_script(_COUNT)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and return the sum so far."""

        def count(redis: Redis) -> int:
            arguments = [amount, expiry * 1000]
            total, left = self._count([self.prefixed_key(key)], arguments, redis)
            _counted()[key] = (time() + left / 1000, total)
            return int(total)

        def count_alone() -> int:
            _counted().pop(key, None)
            return self._own.incr(key, expiry, amount)

        return with_redis(count, otherwise=count_alone)

    def get(self, key: str) -> int:
        """The sum so far."""
        if key in _counted():
            return _counted()[key][1]
        shared = super().get
        return with_redis(lambda _: shared(key), otherwise=lambda: self._own.get(key))

    def get_expiry(self, key: str) -> float:
        """When the window ends, in seconds since the epoch; to the millisecond, so never early."""
        if key in _counted():
            return _counted()[key][0]
        return with_redis(
            lambda redis: time() + max(redis.pttl(self.prefixed_key(key)), 0) / 1000,
            otherwise=lambda: self._own.get_expiry(key),
        )

    def clear(self, key: str) -> None:
        """Forget one counter."""
        shared = super().clear
        with_redis(lambda _: shared(key), otherwise=lambda: None)
        _counted().pop(key, None)
        self._own.clear(key)


# Count, begin a window with its first request, and tell how many milliseconds it has left.
_COUNT = """
local total = redis.call("INCRBY", KEYS[1], ARGV[1])
local left = redis.call("PTTL", KEYS[1])
if left < 0 then
    redis.call("PEXPIRE", KEYS[1], ARGV[2])
    left = tonumber(ARGV[2])
end
return {total, left}
"""


def _counted() -> dict[str, tuple[float, int]]:
    """What this request has counted in Redis: by key when the window ends, and the sum."""
    counted: dict[str, tuple[float, int]] = g.setdefault("counted", {})
    return counted
