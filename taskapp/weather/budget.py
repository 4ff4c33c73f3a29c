"""The seconds that a lookup may take, whatever the provider does.

The time limits of requests hold for each wait by itself: a name server that is silent, or a
provider that sends a byte a second, would pass them. So a lookup runs in a thread of its own, its
caller waits as long as the budget lasts, and then its connections are cut, which ends the thread.
"""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from socket import SHUT_RDWR, socket
from threading import Lock, Thread
from time import monotonic
from typing import TypeVar

from taskapp.weather.observation import NoWeather

T = TypeVar("T")


class Budget:
    """The seconds that a lookup may take, and the connections to cut when they are over."""

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds
        self._sockets: list[socket] = []
        self._is_over = False
        self._lock = Lock()

    @property
    def left(self) -> float:
        """The seconds that are left; raises NoWeather when there are none."""
        left = self._end - monotonic()
        if left <= 0 or self._is_over:
            raise NoWeather("timeout")
        return left

    def run(self, work: Callable[[], T]) -> T:
        """What `work` gives or raises; raises NoWeather when it takes too long."""
        done: Future[T] = Future()
        Thread(target=_fulfil, args=(done, work), name="weather", daemon=True).start()
        try:
            return done.result(self.left)
        except TimeoutError:
            raise NoWeather("timeout") from None
        finally:
            self._cut()

    def watch(self, connection: socket) -> None:
        """Cut this connection, too, when the time is over."""
        with self._lock:
            if self._is_over:
                connection.close()
                raise TimeoutError
            # TLS takes the socket over; a duplicate stays ours and cuts the same connection.
            self._sockets.append(connection.dup())

    def _cut(self) -> None:
        with self._lock:
            self._is_over = True
            for connection in self._sockets:
                with suppress(OSError):  # closed by now
                    connection.shutdown(SHUT_RDWR)
                connection.close()


def _fulfil(promise: Future[T], work: Callable[[], T]) -> None:
    try:
        promise.set_result(work())
    except BaseException as error:  # noqa: BLE001  (raised again where the result is asked for)
        promise.set_exception(error)
