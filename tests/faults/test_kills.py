"""Processes that end without a word while clients write: nothing is lost, nothing is doubled."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from taskapp import create_app
from taskapp.core.database import close_connections, read_all
from taskapp.events.models import Event
from taskapp.tasks.models import Task
from tests import servers
from tests.databases import KINDS, migrate
from tests.deployment.nodes import Node, node
from tests.deployment.writers import event_ids, titles, writing
from tests.faults.conftest import wait_for
from tests.missing import Missing, give_up
from tests.people import Crowd
from tests.settings import SETTINGS

# The long run (`make soak`) sets more.
KILLS = int(os.environ.get("KILLS", "3"))
WRITES_BETWEEN = int(os.environ.get("WRITES_BETWEEN", "15"))
SERVERS = {"postgresql": servers.durable_postgres, "mariadb": servers.durable_mariadb}


@dataclass
class Place:
    """A migrated database, and how to kill its server and have it again, if it has one."""

    url: str
    kills: Sequence[Callable[[], None]]


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with open_place(request.param, tmp_path) as found:
        migrate(found.url)
        yield found


@contextmanager
def open_place(kind: str, folder: Path) -> Iterator[Place]:
    if kind == "sqlite":
        yield Place(f"sqlite:///{folder}/taskapp.db", [])
        return
    try:
        with SERVERS[kind]() as server:

            def restart() -> None:
                server.kill()
                server.start()

            yield Place(servers.create_database(server.url, "taskapp"), [restart])
    except Missing as missing:
        give_up(missing)


def test_whoever_is_killed_every_acknowledged_write_is_there_once(
    place: Place,
) -> None:
    app = create_app({**SETTINGS, "DATABASE_URL": place.url})
    alice = Crowd(app).alice
    with node(place.url, WEB_CONCURRENCY="2", TOKEN_LIFETIME="86400") as served:
        served.start().until_ready()
        kills = [lambda: kill_worker(served), lambda: restart(served), *place.kills]
        with writing(served.url, alice.token()) as seen:
            for kill in islice(cycle(kills), KILLS):
                wait_for(seen.created, len(seen.created) + WRITES_BETWEEN)
                kill()
            wait_for(seen.created, len(seen.created) + WRITES_BETWEEN)
        assert served.stop() == 0
    assert titles(app) == sorted(seen.created)
    assert event_ids(app) == list(range(1, len(seen.created) + 1))
    assert told(app) == stored(app)
    with app.app_context():
        close_connections()


def kill_worker(served: Node) -> None:
    children = Path(f"/proc/{served.master}/task/{served.master}/children").read_text()
    os.kill(int(children.split()[0]), signal.SIGKILL)


def restart(served: Node) -> None:
    served.kill()
    served.start()


def told(app: Flask) -> list[Any]:
    """Every task as the log tells of it."""
    with app.app_context():
        return [
            (row.task["id"], row.task["title"], row.task["status"])
            for row in read_all(select(Event.task).order_by(Event.task_id))
        ]


def stored(app: Flask) -> list[Any]:
    """Every task as it is stored."""
    with app.app_context():
        columns = (Task.id, Task.title, Task.status)
        return [tuple(row) for row in read_all(select(*columns).order_by(Task.id))]
