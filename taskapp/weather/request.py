"""Asking a provider, which may take only so long and say only so much, whatever it does.

The time limits of requests hold for each wait by itself: a name server that is silent, or a
provider that sends a byte a second, would pass them. So a lookup runs in a thread of its own, its
caller waits as long as the budget lasts, and then its connections are cut, which ends the thread.
"""

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from contextlib import suppress
from socket import SHUT_RDWR, socket
from threading import Lock, Thread
from time import monotonic
from typing import Any, TypeVar

import orjson
from requests import RequestException, Response, Session, Timeout
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as ReadTimeout

from taskapp.weather.observation import NoWeather, UnknownCity

T = TypeVar("T")

_MAX_BYTES = 64 * 1024


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


def get_json(
    url: str, params: Mapping[str, str], budget: Budget, unknown_at: Collection[int] = ()
) -> Any:
    """The JSON at `url`. Raises NoWeather; UnknownCity at a status in `unknown_at`.

    Nothing of the URL, which may hold a key, gets into that or into the log.
    """
    try:
        with (
            _Session(budget) as session,
            session.get(url, params=params, timeout=budget.left, stream=True) as response,
        ):
            if response.status_code in unknown_at:
                raise UnknownCity
            if response.status_code != 200:
                raise NoWeather("http_error", status=response.status_code)
            body = b""
            # To its end, for only there is it seen that an answer was cut short.
            while len(body) <= _MAX_BYTES and (part := response.raw.read(_MAX_BYTES)):
                body += part
    except (Timeout, ReadTimeout):
        raise NoWeather("timeout") from None
    except (RequestException, HTTPError, OSError, ValueError) as error:
        raise NoWeather("connection_error", error=type(error).__name__) from None
    if len(body) > _MAX_BYTES:
        raise NoWeather("too_large")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise NoWeather("malformed") from None


def _fulfil(promise: Future[T], work: Callable[[], T]) -> None:
    try:
        promise.set_result(work())
    except BaseException as error:  # noqa: BLE001  (raised again where the result is asked for)
        promise.set_exception(error)


class _Session(Session):
    """A session that follows no redirect, and whose connections the budget watches."""

    def __init__(self, budget: Budget) -> None:
        super().__init__()
        self.headers["Accept-Encoding"] = "identity"  # what is unpacked would have to be counted
        self.mount("https://", _Adapter(budget))
        self.mount("http://", _Adapter(budget))

    def get_redirect_target(self, resp: Response) -> None:
        # Left to itself, requests reads all of a redirect's body even where it is not to follow.
        return None


class _Adapter(HTTPAdapter):
    def __init__(self, budget: Budget) -> None:
        super().__init__()
        self._budget = budget

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        budget, plain = self._budget, type(pool).ConnectionCls

        class Watched(plain):  # type: ignore[valid-type, misc]
            def _new_conn(self) -> socket:
                connection: socket = super()._new_conn()
                budget.watch(connection)
                return connection

        pool.ConnectionCls = Watched
        return pool
