"""A whole installation, each part of which can die without a word, or stop for a moment."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Any

import psutil
from flask import Flask

from taskapp import create_app
from taskapp.core.database import close_connections
from tests import servers
from tests.databases import migrate
from tests.deployment.nodes import Node, node
from tests.jobs.runners import Runner, running
from tests.missing import Missing, give_up
from tests.servers import Server
from tests.settings import SETTINGS

SERVERS = {"postgresql": servers.durable_postgres, "mariadb": servers.durable_mariadb}
STOPPED = 0.7  # seconds: longer than Redis is waited for
PLENTY = "1000000 per minute"  # the limits count, in Redis, and refuse nobody
Act = Callable[[], None]


@dataclass
class Installation:
    """A node with two workers, a runner of jobs, Redis, and perhaps a server of a database."""

    app: Flask
    node: Node
    runner: Runner
    redis: Server
    database: Server | None
    _start_runner: Callable[[], Runner]

    @property
    def kills(self) -> dict[str, Act]:
        """Who can be killed by SIGKILL; each is there again afterwards, or soon."""
        acts = {
            "worker": lambda: os.kill(min(self.node.workers()), signal.SIGKILL),
            "master": self._kill_master,
            "runner": self._kill_runner,
            "redis": lambda: _restart(self.redis),
        }
        if (database := self.database) is not None:
            acts["database"] = lambda: _restart(database)
        return acts | {"node": self._kill_node}

    @property
    def stops(self) -> dict[str, Act]:
        """Who can be stopped by SIGSTOP for a moment, and then goes on by SIGCONT."""
        acts = {
            "worker": lambda: stop_for_a_moment(max(self.node.workers())),
            "redis": lambda: stop_for_a_moment(self.redis.pid),
            "runner": lambda: stop_for_a_moment(self.runner.process.pid),
        }
        if (database := self.database) is not None:
            acts["database"] = lambda: stop_for_a_moment(database.pid)
        return acts

    def _kill_master(self) -> None:
        self.node.kill_master()
        self.node.start()

    def _kill_node(self) -> None:
        self.node.kill()
        self.node.start()

    def _kill_runner(self) -> None:
        assert self.runner.process.poll() is None, "it ended by itself"
        self.runner.kill()
        self.runner = self._start_runner()


def stop_for_a_moment(pid: int) -> None:
    """Stop a process and all below it; they go on as if no time had passed."""
    family = [psutil.Process(pid)]
    family[0].suspend()  # first, so that it makes no more
    try:
        family += family[0].children(recursive=True)
        for each in family:
            each.suspend()
        sleep(STOPPED)
    finally:
        for each in reversed(family):
            each.resume()


@contextmanager
def installation(kind: str, folder: Path, **settings: Any) -> Iterator[Installation]:
    """One on a database of that kind that keeps what it has committed; `settings` for all parts."""
    with ExitStack() as stack:
        database, url = _database(kind, folder, stack)
        migrate(url)
        redis = stack.enter_context(servers.valkey_server())
        common = {"JOBS_URL": f"{redis.url}/1", **settings}
        limits = {
            "RATELIMIT_ENABLED": "true",
            "RATELIMIT_DEFAULT": PLENTY,
            "RATELIMIT_AUTH": PLENTY,
        }
        workers = {"WEB_CONCURRENCY": "2", "TOKEN_LIFETIME": "86400"}
        served = stack.enter_context(
            node(url, REDIS_URL=f"{redis.url}/0", **limits, **workers, **common)
        )

        def start_runner() -> Runner:
            return stack.enter_context(running(DATABASE_URL=url, **common))

        app = create_app({**SETTINGS, "DATABASE_URL": url, **common})
        served.start().until_ready()
        yield Installation(app, served, start_runner(), redis, database, start_runner)
        with app.app_context():
            close_connections()


def _database(kind: str, folder: Path, stack: ExitStack) -> tuple[Server | None, str]:
    if kind == "sqlite":
        return None, f"sqlite:///{folder}/taskapp.db"
    try:
        server = stack.enter_context(SERVERS[kind]())
    except Missing as missing:
        give_up(missing)
    return server, servers.create_database(server.url, "taskapp")


def _restart(server: Server) -> None:
    server.kill()
    server.start()
