"""Asking a provider, which may take only so long (`budget.py`) and say only so much."""

from collections.abc import Collection, Mapping
from socket import socket
from typing import Any

import orjson
from requests import RequestException, Response, Session, Timeout
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as ReadTimeout

from taskapp.weather.budget import Budget
from taskapp.weather.observation import NoWeather, UnknownCity

_MAX_BYTES = 64 * 1024


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
