"""Redis, where several processes or nodes share what need not last.

It is never needed for an answer: whoever uses it says what to do instead. One that hangs costs the
requests of that moment at most `_PATIENCE` seconds, and later ones nothing.
"""

from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from time import monotonic
from typing import TypeVar

import structlog
from flask import Flask, current_app
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

T = TypeVar("T")

_PATIENCE = 0.3  # seconds, for connecting and for each answer
_REST = 1.0  # seconds between two looks whether it is back

_log = structlog.get_logger("taskapp")


class _Link:
    """The client of one application, and until when it is left alone if it failed."""

    def __init__(self, client: Redis) -> None:
        self.client = client
        self.rests_until: float | None = None

    def answers(self) -> bool:
        """Whether to ask it. A thread looks for one that is lost: a request would have to wait."""
        if self.rests_until is None:
            return True
        if monotonic() >= self.rests_until:
            self.rests_until = monotonic() + _REST
            Thread(target=self._look, daemon=True).start()
        return False

    def _look(self) -> None:
        with suppress(RedisError):
            self.client.ping()
            self.rests_until = None


def configure_redis(app: Flask) -> None:
    """Prepare the client that REDIS_URL describes: redis://, rediss:// or unix://.

    Connects to nothing. Raises ValueError when the URL is of another kind.
    """
    if url := app.config["REDIS_URL"]:
        app.extensions["redis"] = _Link(make_client(url))


def make_client(url: str) -> Redis:
    """A client with short timeouts; raises ValueError when the URL is of another kind."""
    return Redis.from_url(
        url,
        socket_connect_timeout=_PATIENCE,
        socket_timeout=_PATIENCE,
        # By default a call is made ten times over, each with its own timeout.
        retry=Retry(NoBackoff(), 0),
    )


def redis_client() -> Redis | None:
    """The client, with short timeouts; None without REDIS_URL."""
    link = _link()
    return None if link is None else link.client


def with_redis(operation: Callable[[Redis], T], otherwise: Callable[[], T]) -> T:
    """What `operation` gives; what `otherwise` gives without Redis, or while it fails."""
    link = _link()
    if link is None or not link.answers():
        return otherwise()
    try:
        return operation(link.client)
    except RedisError as error:
        link.rests_until = monotonic() + _REST
        _log.warning("redis_failed", error=str(error))
        return otherwise()


def _link() -> _Link | None:
    link: _Link | None = current_app.extensions.get("redis")
    return link
