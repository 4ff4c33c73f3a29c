"""A client that listens, comes back when it is sent away, and asks for what it missed."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from time import sleep
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect

PAUSE = 0.05  # seconds before it connects again
GLANCE = 0.2  # seconds between two looks whether to stop


@dataclass
class Heard:
    """What it has heard, over all its connections."""

    ids: list[int] = field(default_factory=list)  # the numbers of the events, as they came
    codes: list[int] = field(default_factory=list)  # with which its connections were closed
    ready: Event = field(default_factory=Event)  # it has signed in for the first time
    _last: int | None = None
    _arrival: int = 0  # the last event before its present connection
    _told: dict[bool, int] = field(default_factory=dict)  # on it, missed or new: the last of them

    def take(self, message: dict[str, Any]) -> int | None:
        """Note a message; when it is a greeting, return after which event to resume."""
        assert message["type"] != "reset", "what was missed is lost"
        if message["type"] == "ready":
            self._arrival, self._told = message["last_id"], {}
            after, self._last = self._last, message["last_id"] if self._last is None else self._last
            self.ready.set()
            return after
        is_missed = message["id"] <= self._arrival
        assert message["id"] > self._told.get(is_missed, 0), "not in commit order"
        self._told[is_missed] = message["id"]
        self._last = max(self._last or 0, message["id"])
        self.ids.append(message["id"])
        return None


@contextmanager
def listening(base: str, token: str) -> Iterator[Heard]:
    """A listener, as long as the block runs."""
    heard, end = Heard(), Event()
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(_listen, base.replace("http", "ws", 1) + "/ws", token, heard, end)
        try:
            yield heard
        finally:
            end.set()
    run.result()


def _listen(address: str, token: str, heard: Heard, end: Event) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    while not end.is_set():
        try:
            with connect(address, additional_headers=headers, close_timeout=1) as connection:
                _hear(connection, heard, end)
        except ConnectionClosed as closed:
            heard.codes.append(closed.rcvd.code if closed.rcvd else 1006)
        except (OSError, InvalidHandshake):
            sleep(PAUSE)


def _hear(connection: ClientConnection, heard: Heard, end: Event) -> None:
    while not end.is_set():
        try:
            message = json.loads(connection.recv(GLANCE))
        except TimeoutError:
            continue
        if (after := heard.take(message)) is not None:
            connection.send(json.dumps({"type": "resume", "after": after}))
