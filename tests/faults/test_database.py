"""A database that is gone, hangs, or comes and goes."""

import os
import socket
from collections.abc import Callable
from time import monotonic, sleep
from typing import Any

import pytest
import requests
from sqlalchemy import make_url, select, update
from sqlalchemy.exc import DBAPIError

from taskapp import create_app
from taskapp.core import database
from taskapp.core.database import close_connections, open_engine
from taskapp.events.models import EventCounter
from taskapp.extensions import db
from tests.deployment.writers import titles, writing
from tests.faults.conftest import Line, address_of, browser, through, wait_for
from tests.faults.proxy import Proxy, proxy
from tests.people import Crowd
from tests.settings import SETTINGS

RECOVERY = 5  # seconds, after the database is back, until everything is answered again
BREAKS: list[Callable[[Proxy], None]] = [Proxy.cut, Proxy.reset]


@pytest.mark.parametrize("break_it", BREAKS, ids=["cut", "reset"])
def test_without_its_database_it_says_so_on_both_faces_and_recovers_by_itself(
    line: Line, break_it: Callable[[Proxy], None]
) -> None:
    get = Getter(line)
    assert [get(path).status_code for path in PAGES] == [200] * len(PAGES)

    break_it(line.proxy)
    for path, media_type in PAGES.items():
        answer = get(path)
        assert (path, answer.status_code) == (path, 503)
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.headers["Content-Type"].startswith(media_type)
    assert get("/healthz").status_code == 200
    readiness = get("/readyz")
    assert (readiness.status_code, list(readiness.json())) == (503, ["status", "database"])

    line.proxy.mend()
    give_up = monotonic() + RECOVERY
    while any(get(path).status_code != 200 for path in [*PAGES, "/readyz"] * 4):
        assert monotonic() < give_up, "it does not recover"


def test_what_was_written_while_the_line_came_and_went_is_there_once(line: Line) -> None:
    with writing(line.node.url, line.alice.token()) as seen:
        for disturb in (Proxy.reset, Proxy.hang, Proxy.cut, slow, Proxy.hang, Proxy.reset):
            written = len(seen.created)
            disturb(line.proxy)
            sleep(0.5)
            line.proxy.mend()
            wait_for(seen.created, written + 20)
    assert seen.answers[503], "nobody noticed"
    assert titles(line.app) == sorted(seen.created)


@pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)
def test_a_node_that_vanishes_in_the_midst_of_a_write_does_not_keep_others_from_writing(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_STANDSTILL", 1)
    vanished, other = (create_app({**SETTINGS, "DATABASE_URL": database_url}) for _ in "12")
    alice = Crowd(other).alice.api
    with vanished.app_context(), db.engine.connect() as connection:
        # Every write waits for the row that numbers events.
        connection.execute(update(EventCounter).values(value=EventCounter.value + 1))
        assert alice.make_task("Waits for it")["id"]
        with pytest.raises(DBAPIError):
            connection.execute(select(EventCounter))
    for app in (vanished, other):
        with app.app_context():
            close_connections()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_system_is_asked_to_notice_a_server_that_vanishes_within_half_a_minute(
    database_url: str,
) -> None:
    target = make_url(database_url)
    with proxy(address_of(target)) as line_to_database:
        engine = open_engine(through(target, line_to_database))
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            with socket.socket(fileno=os.dup(driver.fileno())) as line:
                idle, interval, probes, unanswered = (
                    line.getsockopt(socket.IPPROTO_TCP, option)
                    for option in (
                        socket.TCP_KEEPIDLE,
                        socket.TCP_KEEPINTVL,
                        socket.TCP_KEEPCNT,
                        socket.TCP_USER_TIMEOUT,
                    )
                )
        engine.dispose()
    assert idle + interval * probes <= 30
    assert unanswered <= 30_000


PAGES = {
    "/api/v1/tasks": "application/problem+json",
    "/api/v1/users/me": "application/problem+json",
    "/tasks": "text/html",
    "/board": "text/html",
}


class Getter:
    """Alice, signed in with a token and in a browser."""

    def __init__(self, line: Line) -> None:
        self._base = line.node.url
        self._client = browser(self._base, "alice")
        self._client.headers["Authorization"] = f"Bearer {line.alice.token()}"

    def __call__(self, path: str) -> requests.Response:
        return self._client.get(self._base + path, timeout=20, allow_redirects=False)


def slow(line: Proxy) -> None:
    line.delay(0.05)
