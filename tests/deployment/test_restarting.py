"""Restarts under load: nothing that was accepted is lost, and nothing is done twice."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from socket import create_server, socket

import pytest
from flask import Flask

from tests.deployment.listening import listening
from tests.deployment.nodes import is_refused, node
from tests.deployment.writers import event_ids, titles, writing
from tests.people import Crowd, Person
from tests.websocket.listening import wait_until

# How often it is stopped under load; a long run may set more.
STOPS = int(os.environ.get("DEPLOYMENT_STOPS", "20"))
RELOADS = 2
GOING_AWAY = 1001


@pytest.fixture
def listener() -> Iterator[socket]:
    """A socket that outlives the server, as systemd holds it (deploy/systemd/taskapp.socket)."""
    with create_server(("127.0.0.1", 0), backlog=512) as held:
        yield held


@pytest.fixture
def alice(sqlite_app: Flask) -> Person:
    return Crowd(sqlite_app).alice


def test_on_a_socket_that_systemd_holds_clients_notice_no_restart(
    sqlite_app: Flask,
    sqlite_url: str,
    alice: Person,
    listener: socket,
    record_property: Callable[[str, object], None],
) -> None:
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with node(sqlite_url, listener=listener.fileno(), WEB_CONCURRENCY="1") as server:
        server.start()
        with writing(base, alice.token()) as seen:
            for _ in range(STOPS):
                seen.go_on()
                assert server.stop() == 0
                server.start()
            seen.go_on()
        server.stop()
    assert (seen.refused, seen.broken) == (0, {})
    assert seen.answers.keys() == {201}
    assert titles(sqlite_app) == sorted(seen.created)
    record_property("restarts", STOPS)
    record_property("writes", len(seen.created))


def test_on_a_port_of_its_own_it_breaks_no_connection_that_it_took(
    sqlite_app: Flask, sqlite_url: str, alice: Person
) -> None:
    with node(sqlite_url, WEB_CONCURRENCY="2") as server:
        server.start().until_ready()
        with writing(server.url, alice.token()) as seen:
            seen.go_on()
            assert server.stop() == 0
            server.start()
            seen.go_on()
            server.stop()
            server.start()
            seen.go_on()
    assert seen.refused, "meanwhile nobody listened"
    assert seen.broken == {}
    assert titles(sqlite_app) == sorted(seen.created)


def test_whoever_is_connected_when_it_stops_is_still_answered(
    sqlite_app: Flask, sqlite_url: str, alice: Person
) -> None:
    """One in the midst of sending, and one who kept the connection of an earlier request."""
    body = json.dumps({"title": "Sent in two parts"}).encode()
    headers = {"Authorization": f"Bearer {alice.token()}", "Content-Type": "application/json"}
    with node(sqlite_url, WEB_CONCURRENCY="1") as server, ExitStack() as stack:
        server.start().until_ready()
        slow, kept = (
            stack.enter_context(closing(HTTPConnection("127.0.0.1", server.port, timeout=30)))
            for _ in range(2)
        )
        kept.request("GET", "/healthz")
        kept.getresponse().read()
        slow.putrequest("POST", "/api/v1/tasks")
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            slow.putheader(name, value)
        slow.endheaders(body[:9])

        server.signal(signal.SIGTERM)
        wait_until(lambda: is_refused(server.port))
        kept.request("GET", "/healthz")
        answer = kept.getresponse()
        answer.read()
        assert (answer.status, answer.headers["Connection"]) == (200, "close")
        slow.send(body[9:])
        answer = slow.getresponse()
        answer.read()
        assert answer.status == 201
        assert server.wait() == 0
    assert titles(sqlite_app) == ["Sent in two parts"]


def test_reloading_loses_no_request_and_no_event(
    sqlite_app: Flask, sqlite_url: str, alice: Person
) -> None:
    with node(sqlite_url, WEB_CONCURRENCY="2") as server:
        server.start().until_ready()
        token = alice.token()
        with listening(server.url, token) as heard:
            assert heard.ready.wait(10)
            with writing(server.url, token) as seen:
                for _ in range(RELOADS):
                    before, closed = server.workers(), len(heard.codes)
                    seen.go_on()
                    server.signal(signal.SIGHUP)
                    wait_until(lambda gone=before: not gone & server.workers(), seconds=60)
                    wait_until(lambda already=closed: len(heard.codes) > already)
                seen.go_on()
            wait_until(lambda: len(heard.ids) >= len(event_ids(sqlite_app)))
        server.stop()
    assert (seen.refused, seen.broken) == (0, {})
    assert titles(sqlite_app) == sorted(seen.created)
    assert set(heard.codes) == {GOING_AWAY}
    assert len(heard.codes) <= 2 * RELOADS, "once, or by the one worker and then by the other"
    # Each once, and in order (`Heard.take`): what is new, and what was missed, which comes later
    # than the new when the client takes long to ask for it.
    assert sorted(heard.ids) == event_ids(sqlite_app)
