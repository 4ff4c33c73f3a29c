"""A Redis that hangs or is gone, before a node with two workers: it is done without."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from time import monotonic, sleep
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask

from tests.deployment.nodes import node
from tests.faults.proxy import Proxy, proxy
from tests.people import Crowd, Person
from tests.websocket.listening import Ear, opened

WORKERS = 2
LOGINS = 5  # each minute, from each address
RECOVERY = 10  # seconds until a Redis that is back is used again
# Slow: there and back it takes longer than it is waited for.
BREAKS: list[Callable[[Proxy], None]] = [
    partial(Proxy.delay, seconds=0.2),
    Proxy.hang,
    Proxy.cut,
    Proxy.reset,
]


@dataclass
class Line:
    """A running node, its line to Redis, and somebody who uses it."""

    base: str
    proxy: Proxy
    alice: Person

    def post_task(self) -> int:
        """Create a task; the status of the answer."""
        headers = {"Authorization": f"Bearer {self.alice.token()}"}
        body = {"title": "Write the report"}
        url = f"{self.base}/api/v1/tasks"
        return requests.post(url, json=body, headers=headers, timeout=20).status_code

    def sign_in_wrongly(self) -> int:
        """Try a wrong password; the status of the answer."""
        body = {"login": "alice", "password": "a guess"}
        return requests.post(f"{self.base}/api/v1/auth/login", json=body, timeout=20).status_code


@pytest.fixture
def line(sqlite_app: Flask, sqlite_url: str, own_redis: str) -> Iterator[Line]:
    alice, address = Crowd(sqlite_app).alice, urlsplit(own_redis)
    settings = {
        "RATELIMIT_ENABLED": "true",
        "RATELIMIT_DEFAULT": "10000 per minute",
        "RATELIMIT_AUTH": f"{LOGINS} per minute",
        "WEB_CONCURRENCY": str(WORKERS),
    }
    with proxy((address.hostname or "", address.port or 0)) as to_redis:
        url = f"redis://127.0.0.1:{to_redis.port}/0"
        with node(sqlite_url, REDIS_URL=url, **settings) as served, opened:
            served.start().until_ready()
            yield Line(served.url, to_redis, alice)


@pytest.mark.parametrize("break_it", BREAKS, ids=["slow", "hang", "cut", "reset"])
def test_without_redis_everything_goes_on(line: Line, break_it: Callable[[Proxy], None]) -> None:
    ear = Ear(line.base, line.alice.token()).ready()
    assert line.post_task() == 201
    assert ear.hear()["type"] == "task.created"

    break_it(line.proxy)
    start = monotonic()
    assert {line.post_task() for _ in range(30)} == {201}
    # A wait of 0.3 s for each would be nine seconds; there is one, for each worker.
    assert monotonic() - start < 5
    assert [ear.hear()["type"] for _ in range(30)] == ["task.created"] * 30

    statuses = [line.sign_in_wrongly() for _ in range(WORKERS * LOGINS + 1)]
    assert statuses[:LOGINS] == [401] * LOGINS
    assert 429 in statuses, "guessing became free"

    assert requests.get(f"{line.base}/healthz", timeout=20).status_code == 200
    assert requests.get(f"{line.base}/readyz", timeout=20).json().keys() == {"status", "redis"}

    line.proxy.mend()
    give_up = monotonic() + RECOVERY
    while requests.get(f"{line.base}/readyz", timeout=20).json() != {"status": "ok"}:
        assert monotonic() < give_up, "it is not ready again"
        sleep(0.05)
    # Redis, which both workers share, has not counted the guesses of the time without it.
    while line.sign_in_wrongly() != 401:
        assert monotonic() < give_up, "Redis is back, and is not used"
        sleep(0.05)
    # A worker may notice a moment later than the other, and has its own count until then.
    assert 429 in {line.sign_in_wrongly() for _ in range(WORKERS * LOGINS)}
    assert line.post_task() == 201
    assert ear.hear()["type"] == "task.created"
