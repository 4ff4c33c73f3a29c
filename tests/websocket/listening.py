"""Live sockets as clients use them, on a server that runs."""

import json
import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.people import Person

SOON = 10  # seconds: what takes longer will not come


# What the tests open; a fixture closes it after each of them.
opened = ExitStack()


class Ear:
    """One socket, and what comes in by it."""

    def __init__(
        self,
        base: str,
        token: str | None = None,
        *,
        headers: dict[str, str] | None = None,
        origin: str | None = None,
        path: str = "/ws",
        stack: ExitStack = opened,
    ) -> None:
        given = {"Authorization": f"Bearer {token}"} if token is not None else {}
        opening = connect(
            base.replace("http", "ws", 1) + path,
            additional_headers=given | (headers or {}),
            origin=origin,
            open_timeout=SOON,
            close_timeout=1,
        )
        self._socket = stack.enter_context(opening)
        self.response_headers = self._socket.response.headers

    def say(self, message: Any) -> None:
        """Send a dict as JSON, and what is text, bytes or a list of parts as it is."""
        self._socket.send(json.dumps(message) if isinstance(message, dict) else message)

    def hear(self) -> dict[str, Any]:
        """The next message."""
        return json.loads(self._socket.recv(SOON))

    def hear_within(self, seconds: float) -> dict[str, Any] | None:
        """The next message, if it comes within that time."""
        try:
            return json.loads(self._socket.recv(seconds))
        except TimeoutError:
            return None

    def ready(self) -> "Ear":
        """Wait until it is signed in, and keep the number of the last event before that."""
        message = self.hear()
        assert message["type"] == "ready"
        self.last_id = message["last_id"]
        return self

    def closing_code(self, within: float = SOON) -> int:
        """Wait until the server closes; the code with which it does."""
        return self.rest(within)[0]

    def rest(self, within: float = SOON) -> tuple[int, list[dict[str, Any]]]:
        """Wait until the server closes; the code with which it does, and what it says before."""
        said: list[dict[str, Any]] = []
        with suppress(ConnectionClosed):
            while True:
                said.append(json.loads(self._socket.recv(within)))
        return self._socket.close_code or 0, said

    def close(self) -> None:
        self._socket.close()


class Caller:
    """Somebody who calls the API of a running server, and listens to it."""

    def __init__(self, base: str, person: Person) -> None:
        self.base = base
        self.id = person.id
        self.username = person.username
        self.actor = person.actor
        self.token = person.token()
        self._http = opened.enter_context(requests.Session())

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of an answer that must be a success."""
        answer = self._http.request(
            method,
            f"{self.base}/api/v1{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=30,
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def make_task(self, title: str = "Write the report", **fields: Any) -> dict[str, Any]:
        return self.call("POST", "/tasks", {"title": title, **fields})

    def change(self, task: dict[str, Any], **fields: Any) -> dict[str, Any]:
        return self.call("PATCH", f"/tasks/{task['id']}", fields)

    def close(self) -> None:
        """Let go of the connection that stays open between calls."""
        self._http.close()

    def open(self) -> Ear:
        """A socket that has just signed in."""
        return Ear(self.base, self.token).ready()

    def listen(self) -> Ear:
        """A socket that has missed nothing, and waits for what comes."""
        ear = self.open()
        ear.say({"type": "resume", "after": -1})
        assert ear.hear() == {"type": "reset"}
        return ear


def raw_socket(
    base: str, token: str, *, receive_buffer: int | None = None, stack: ExitStack = opened
) -> socket.socket:
    """A socket that is signed in, as bare as can be."""
    address = urlsplit(base)
    raw = stack.enter_context(socket.socket())
    raw.settimeout(SOON)
    if receive_buffer:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    raw.connect((address.hostname, address.port))
    raw.sendall(
        b"GET /ws HTTP/1.1\r\nHost: %b\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
        b"Authorization: Bearer %b\r\n\r\n" % (address.netloc.encode(), token.encode())
    )
    answer = b""
    while b'"ready"' not in answer:
        received = raw.recv(4096)
        assert received, answer
        answer += received
    assert answer.startswith(b"HTTP/1.1 101 ")
    return raw


def wait_until(is_so: Callable[[], bool], seconds: float = SOON) -> None:
    """Ask again and again, for so many seconds."""
    deadline = monotonic() + seconds
    while not is_so():
        assert monotonic() < deadline
        sleep(0.05)
