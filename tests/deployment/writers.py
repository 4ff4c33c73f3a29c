"""Clients that write without a pause, and go on whatever happens, as good clients do."""

import http.client
import json
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import Event
from time import monotonic, sleep
from urllib.parse import urlsplit
from uuid import uuid4

from flask import Flask
from sqlalchemy import select

from taskapp.core.database import read_all
from taskapp.events.models import Event as LoggedEvent
from taskapp.idempotency.services import ABANDONED
from taskapp.tasks.models import Task
from tests.live import START_SECONDS, STOP_SECONDS
from tests.websocket.listening import wait_until

WRITERS = 4
# Seconds until an answer must have come: a request may wait while the server stops and starts.
ANSWER = STOP_SECONDS + START_SECONDS
# Seconds until a write must have succeeded: the key of a request whose node was killed is free
# again after a while.
PATIENCE = ABANDONED.total_seconds() + ANSWER
PAUSE = 0.05  # seconds before a second attempt
BREATH = 0.005  # seconds between two writes: the servers need the machine too

AGAIN = {409, 502, 503, 504}


@dataclass
class Writing:
    """What the clients have seen."""

    created: list[str] = field(default_factory=list)  # names that were answered with 201
    refused: int = 0  # connections that nobody took
    broken: Counter[str] = field(
        default_factory=Counter
    )  # requests that were taken and not answered
    answers: Counter[int] = field(default_factory=Counter)

    def go_on(self, more: int = 5) -> None:
        """Wait until some more has been written."""
        before = len(self.created)
        wait_until(lambda: len(self.created) >= before + more, seconds=ANSWER)


Kind = tuple[str, Callable[[str], dict[str, str]]]
# What they create under a name of its own: the path, and the body.
TASKS: Kind = ("/api/v1/tasks", lambda name: {"title": name})
ACCOUNTS: Kind = (
    "/api/v1/users",
    lambda name: {"username": name, "email": f"{name}@example.org", "password": "long enough"},
)


@contextmanager
def writing(
    base: str, token: str, writers: int = WRITERS, kind: Kind = TASKS, breath: float = BREATH
) -> Iterator[Writing]:
    """Clients that create tasks as long as the block runs; half of them keep their connection."""
    seen, end = Writing(), Event()

    def write(number: int) -> None:
        _write(base, token, seen, end, kind=kind, breath=breath, keeps=bool(number % 2))

    with ThreadPoolExecutor(writers) as pool:
        runs = [pool.submit(write, number) for number in range(writers)]
        try:
            yield seen
        finally:
            end.set()
    for run in runs:
        run.result()


def _write(
    base: str, token: str, seen: Writing, end: Event, *, kind: Kind, breath: float, keeps: bool
) -> None:
    address = urlsplit(base)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=ANSWER)
    unsure: deque[tuple[str, float]] = deque()  # what is to be sent again, and since when
    for turn in count():
        if end.is_set() and not unsure:
            break
        again = unsure and (end.is_set() or turn % 2)
        name, since = unsure.popleft() if again else (str(uuid4()), monotonic())
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": name,
            "Connection": "keep-alive" if keeps else "close",
        }
        if not _attempt(connection, kind, name, headers, seen):
            assert monotonic() < since + PATIENCE, f"{name} could not be written"
            unsure.append((name, since))
            sleep(PAUSE)
        sleep(breath)
    connection.close()


def _attempt(
    connection: http.client.HTTPConnection,
    kind: Kind,
    name: str,
    headers: dict[str, str],
    seen: Writing,
) -> bool:
    """Try once to create it; tell whether it is there."""
    path, body = kind
    try:
        connection.request("POST", path, json.dumps(body(name)), headers)
        answer = connection.getresponse()
        answer.read()
    except ConnectionRefusedError:
        seen.refused += 1
    except (OSError, http.client.HTTPException) as error:
        seen.broken[repr(error)] += 1
    else:
        seen.answers[answer.status] += 1
        if answer.status == 201:
            seen.created.append(name)
            return True
        assert answer.status in AGAIN, answer.status
    connection.close()
    return False


def titles(app: Flask) -> list[str]:
    """The titles of all tasks there are, sorted."""
    with app.app_context():
        return sorted(row.title for row in read_all(select(Task.title)))


def event_ids(app: Flask) -> list[int]:
    """The numbers of all events, in order."""
    with app.app_context():
        return [row.id for row in read_all(select(LoggedEvent.id).order_by(LoggedEvent.id))]
