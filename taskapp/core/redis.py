"""Redis, where several processes or nodes share what need not last.

It is never needed for an answer: whoever uses it says what to do instead. One that hangs costs a
request at most `_PATIENCE` seconds, and then no request anything for `_REST` seconds.
"""

from collections.abc import Callable
from time import monotonic
from typing import TypeVar

import structlog
from flask import Flask, current_app
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

T = TypeVar("T")

_PATIENCE = 0.3  # seconds, for connecting and for each answer
_REST = 10.0  # seconds

_log = structlog.get_logger("taskapp")


class _Link:
    """The client of one application, and until when it is left alone."""

    def __init__(self, client: Redis) -> None:
        self.client = client
        self.rests_until = 0.0


def configure_redis(app: Flask) -> None:
    """Prepare the client that REDIS_URL describes: redis://, rediss:// or unix://.

    Connects to nothing. Raises ValueError when the URL is of another kind.
    """
    if url := app.config["REDIS_URL"]:
        client = Redis.from_url(
            url,
            socket_connect_timeout=_PATIENCE,
            socket_timeout=_PATIENCE,
            # By default a call is made ten times over, each with its own timeout.
            retry=Retry(NoBackoff(), 0),
        )
        app.extensions["redis"] = _Link(client)


def redis_client() -> Redis | None:
    """The client, with short timeouts; None without REDIS_URL."""
    link = _link()
    return None if link is None else link.client


def with_redis(operation: Callable[[Redis], T], otherwise: Callable[[], T]) -> T:
    """What `operation` gives; what `otherwise` gives without Redis, or while it fails."""
    link = _link()
    if link is None or monotonic() < link.rests_until:
        return otherwise()
    try:
        return operation(link.client)
    except RedisError as error:
        link.rests_until = monotonic() + _REST
        _log.warning("redis_failed", error=str(error), seconds_left_alone=_REST)
        return otherwise()


def _link() -> _Link | None:
    link: _Link | None = current_app.extensions.get("redis")
    return link
